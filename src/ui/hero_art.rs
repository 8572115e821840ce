//! The picture on the front page.

use leptos::prelude::*;

/// A card of times with one of them chosen. Decoration only; hidden on narrow screens by the style sheet.
#[component]
pub fn HeroArt() -> impl IntoView {
    view! {
        <svg class="hero-art" viewBox="0 0 384 340" aria-hidden="true">
            <g>
                <rect class="art-card" x="24" y="18" width="336" height="300" rx="24"></rect>
                <circle class="art-line" cx="76" cy="70" r="24"></circle>
                <rect class="art-line" x="116" y="52" width="136" height="14" rx="7"></rect>
                <rect class="art-line" x="116" y="76" width="88" height="12" rx="6"></rect>
                <rect class="art-slot" x="52" y="124" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="150" y="124" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="248" y="124" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="52" y="184" width="84" height="46" rx="11"></rect>
                <rect class="art-pick" x="150" y="184" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="248" y="184" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="52" y="244" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="150" y="244" width="84" height="46" rx="11"></rect>
                <rect class="art-slot" x="248" y="244" width="84" height="46" rx="11"></rect>
                <text class="art-text" x="94" y="152">"8:30am"</text>
                <text class="art-text" x="192" y="152">"9:10am"</text>
                <text class="art-text" x="290" y="152">"11am"</text>
                <text class="art-text" x="94" y="212">"1:40pm"</text>
                <text class="art-text art-pick-text" x="192" y="212">"2:20pm"</text>
                <text class="art-text" x="290" y="212">"3pm"</text>
                <text class="art-text" x="94" y="272">"4:10pm"</text>
                <text class="art-text" x="192" y="272">"4:40pm"</text>
                <text class="art-text" x="290" y="272">"5:20pm"</text>
                <circle class="art-accent" cx="236" cy="184" r="17"></circle>
                <path class="art-tick" d="M228.5 184.5l5.5 5.5 10-11"></path>
            </g>
        </svg>
    }
}
