//! A round badge with a person's initials, for people without a photograph.

use leptos::prelude::*;

/// How large an [`Avatar`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    Small,
    #[default]
    Medium,
    Large,
}

/// Initials on a colour that stays the same for the same name. Hidden from screen readers, because the name is next to
/// it.
#[component]
pub fn Avatar(#[prop(into)] name: String, #[prop(optional)] size: AvatarSize) -> impl IntoView {
    let size = match size {
        AvatarSize::Small => "avatar avatar-small avatar-",
        AvatarSize::Medium => "avatar avatar-",
        AvatarSize::Large => "avatar avatar-large avatar-",
    };
    let mut class = String::from(size);
    class.push(char::from(b'0' + colour(&name)));
    view! { <span class=class aria-hidden="true">{initials(&name)}</span> }
}

/// The first letters of the first and the last name; a title such as "Dr" does not count.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter(|word| !is_title(word));
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

fn is_title(word: &str) -> bool {
    matches!(word.trim_end_matches('.'), "Dr" | "Prof" | "Professor" | "Mr" | "Mrs" | "Ms" | "Mx")
}

/// One of eight colours, by the FNV-1a hash of the name.
fn colour(name: &str) -> u8 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((hash ^ (hash >> 16)) & 7) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_leave_out_titles_and_middle_names() {
        assert_eq!(initials("Dr Amara Okafor"), "AO");
        assert_eq!(initials("Prof. João da Silva"), "JS");
        assert_eq!(initials("Ína"), "Í");
        assert_eq!(initials("Dr"), "");
    }

    #[test]
    fn a_name_keeps_its_colour_and_names_spread_over_all_of_them() {
        assert_eq!(colour("Dr Amara Okafor"), colour("Dr Amara Okafor"));
        let names =
            ["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim", "Lou", "Max", "Ned", "Ola", "Pia"];
        let seen: std::collections::BTreeSet<_> = names.iter().map(|name| colour(name)).collect();
        assert!(seen.len() >= 5, "{seen:?}");
        assert!(seen.iter().all(|colour| *colour < 8));
    }
}
