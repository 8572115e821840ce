//! Pages that only say something: help, privacy, accessibility.

use leptos::prelude::*;

use super::{
    frame::{has_several_zones, own_page, tel_href, use_frame},
    title::PageTitle,
};

/// `/help`: the questions people ask.
#[component]
pub fn HelpPage() -> impl IntoView {
    text_page(
        "Help",
        view! {
            <h2>"Booking an appointment"</h2>
            <p>
                <a href="/doctors">"Find a doctor"</a>
                ", choose the visit type, a day and a time. We hold the time for you while you sign in and check the details. "
                "The appointment is booked when you see “Appointment confirmed” and its reference."
            </p>
            <p>
                "For some visit types the doctor has to agree first. Then you see “Request sent”, and the answer appears under My appointments."
            </p>
            <h2>"Changing or cancelling"</h2>
            <p>
                "Open " {own_appointments()} " and choose the appointment. Its page says until when you can move or cancel it online. After that, please call us."
            </p>
            <h2>"Signing in"</h2>
            <p>
                "You need an account to book, so that only you can see and change your appointments. "
                "If you do not know your password, or the clinic made your account for you, "
                <a href="/forgot-password">"ask for a new password"</a>
                ". If that does not help, please call us."
            </p>
            <h2>"Times"</h2>
            <p>
                "All times are the clinic’s own time: what a clock on the wall there shows. "
                {has_several_zones().then_some("Our locations are in several time zones, so each time says which one it is.")}
            </p>
            <h2>"Talking to a person"</h2>
            <PhoneLine />
        }
        .into_any(),
    )
}

/// The patients' list of appointments; a link for all but doctors and staff, who have none.
fn own_appointments() -> AnyView {
    if use_frame().is_clinic() {
        return "My appointments".into_any();
    }
    let (href, words) = own_page(None);
    view! { <a href=href>{words}</a> }.into_any()
}

/// `/privacy`: what is kept, and who sees it.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    text_page(
        "Privacy",
        view! {
            <h2>"What we keep"</h2>
            <p>
                "Your name, email address and, if you give it, phone number. Your appointments, what you wrote to the doctor about them, "
                "and, encrypted, your answers to the doctor’s questions and the files that you send along. "
                "We store your password in a form that cannot be read, not even by us."
            </p>
            <p>
                "The clinic also keeps a record of each patient: birth date, language and what you need when you come, if they are known, and notes of the desk. "
                "Of a child whom you add, we keep the name and the birth date. "
                "If you join the waiting list, we keep what suits you, what you were offered and what you answered."
            </p>
            <h2>"Who sees it"</h2>
            <p>
                "You, the doctor you visit, and the clinic's staff. What you wrote to the doctor is read by you and the doctor; "
                "staff, and doctors who work in the calendar of yours, read it only if your doctor lets them. "
                "The same goes for your answers and your files. "
                "When staff open an appointment, or anybody opens a file, a log keeps it. "
                "People whom you let act for you see your appointments, what you wrote, your answers and your files, until one of you ends it; "
                "the parents who act for a child see the child’s. Your account shows who they are. "
                "There is no advertising here, and nothing is loaded from other companies."
            </p>
            <h2>"How long"</h2>
            <p>
                "We do not delete appointments, not even cancelled ones: they are part of the clinic's records, and so are the answers to the doctor’s questions. "
                "You can take away the files that you sent: then only that they were there remains. "
                "What you typed into a form that books several appointments and could not be sent is forgotten after a day at most. "
                "On the page of your account you can have all of it as files, see who looked at it, and close your account: then your name and "
                "address are erased. To correct what you cannot change there, please call the clinic."
            </p>
            <p>
                "Of each sign-in we keep the time, the kind of browser (such as Firefox on Windows) and a code by which we recognise "
                "the network again, but not its address. Browser and code are deleted when the sign-in is over, after 30 days as a rule. "
                "You see all of it, and can sign out anywhere, on the page of your account."
            </p>
            <h2>"Cookies"</h2>
            <p>
                "Cookies are small notes that your browser keeps for a website. We use only those that are needed: to keep you signed in, "
                "to hold the time you chose, to bring back what you typed when something has to be corrected, to remember light or dark colours and whether a key is switched off, "
                "to know a browser in which you signed in before, so that strangers who guess at your password do not make you wait, "
                "and, if you sign in with codes, to remember for five minutes that your password was right, and for 30 days that you trust this browser."
            </p>
            <PhoneLine />
        }
        .into_any(),
    )
}

/// `/accessibility`: what was done so that every patient can book, and what to do when it does not work.
#[component]
pub fn AccessibilityPage() -> impl IntoView {
    text_page(
        "Accessibility",
        view! {
            <p>"Every patient should be able to book an appointment here. We aim to meet the Web Content Accessibility Guidelines 2.2, level AA."</p>
            <h2>"What you can do"</h2>
            <ul>
                <li>"use every page with the keyboard alone, and with a screen reader"</li>
                <li>"make the text twice as large, or use a narrow screen, without losing anything"</li>
                <li>"choose light or dark colours at the bottom of each page"</li>
                <li>"book, move and cancel with JavaScript switched off"</li>
                <li>"ask us to hold your time longer while you fill in the form"</li>
            </ul>
            <h2>"When something does not work"</h2>
            <p>"Please call and tell us. We can book your appointment with you on the phone."</p>
            <PhoneLine />
        }
        .into_any(),
    )
}

fn text_page(title: &'static str, text: AnyView) -> AnyView {
    view! {
        <PageTitle text=title />
        <div class="narrow">
            <div class="page-head">
                <h1 tabindex="-1">{title}</h1>
            </div>
            {text}
        </div>
    }
    .into_any()
}

/// The clinic's telephone number.
#[component]
fn PhoneLine() -> impl IntoView {
    let clinic = use_frame().clinic;
    view! {
        <p>
            "Call " <bdi>{clinic.name}</bdi> " on " <a href=tel_href(&clinic.phone)>{clinic.phone.clone()}</a>
            ". In an emergency call " {clinic.emergency_line} "."
        </p>
    }
}
