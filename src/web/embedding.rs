//! The public pages in a frame of another website, such as the clinic's own.
//!
//! Such a frame sends and keeps no cookies of ours (they are `SameSite=Lax`), and these pages need none. Whatever leads
//! away from them opens in place of the whole window (`leaving_target` of the page's frame).

use crate::config::Settings;

/// Whether other websites may show the page at this path in a frame: home, directory, a doctor, and their times.
#[must_use]
pub fn is_embeddable(settings: &Settings, path: &str) -> bool {
    !settings.server.embed_origins.is_empty() && is_public_page(path)
}

/// Who may show the page at this path in a frame, as `frame-ancestors` of a content security policy says it.
#[must_use]
pub fn frame_ancestors(settings: &Settings, path: &str) -> String {
    if is_embeddable(settings, path) { settings.server.embed_origins.join(" ") } else { "'none'".to_owned() }
}

fn is_public_page(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match *parts.as_slice() {
        [""] | ["doctors"] => true,
        ["doctors", slug] | ["doctors", slug, "times"] => !slug.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_pages_and_only_for_listed_websites() {
        let mut settings = Settings::default();
        assert_eq!(frame_ancestors(&settings, "/doctors"), "'none'");
        settings.server.embed_origins = vec!["https://www.clinic.example".into(), "https://clinic.example".into()];
        for path in ["/", "/doctors", "/doctors/amara-okafor", "/doctors/amara-okafor/times"] {
            let allowed = frame_ancestors(&settings, path);
            assert_eq!(allowed, "https://www.clinic.example https://clinic.example", "{path}");
        }
        for path in
            ["/sign-in", "/book/1", "/doctor", "/doctors/", "/doctors/x/times/y", "/appointments", "/help", "/admin"]
        {
            assert_eq!(frame_ancestors(&settings, path), "'none'", "{path}");
        }
    }
}
