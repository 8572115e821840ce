//! The browser's part of docslot: script, WASM, style sheet and the files of `public`, from the folder that the build
//! made or from the program itself.

#[cfg_attr(feature = "embed", path = "embedded.rs")]
#[cfg_attr(not(feature = "embed"), path = "not_embedded.rs")]
mod embedded;
mod memory;

use std::{fs, path::PathBuf};

use axum::{
    Router,
    routing::{MethodRouter, any_service},
};
use leptos::{config::LeptosOptions, hydration::HydrationScripts, prelude::*};
use tower_http::services::ServeDir;

pub use self::memory::MemoryFiles;
use crate::{
    config::Settings,
    ui::{Addresses, BrowserFiles},
};

/// The folder of script, WASM and style sheet within the site, as cargo-leptos names it.
const PACKAGE: &str = "pkg";
/// How the names of those three begin.
const NAME: &str = env!("CARGO_PKG_NAME");
/// The same of the part for the page of the desk, which a build may leave out.
const DESK: &str = "docslot-desk";

/// The built website.
pub struct Site {
    files: Files,
    addresses: BrowserFiles,
    has_hashes: bool,
    /// Why no page can load its script, WASM or style sheet.
    missing: Option<String>,
    /// Whether the page of the desk has its own part.
    has_desk: bool,
}

/// Where the files are.
enum Files {
    Folder(PathBuf),
    Memory(MemoryFiles),
}

impl Site {
    /// The folder that the settings name, or, where there is none, what the program brought along.
    #[must_use]
    pub fn open(settings: &Settings) -> Site {
        let folder = PathBuf::from(&settings.leptos.site_root);
        let base = settings.base_path();
        match embedded::files() {
            Some(files) if !folder.is_dir() => Site::in_memory(files, &base),
            _ => Site::in_folder(folder, settings.leptos.hash_files, &base),
        }
    }

    /// A site of files in memory, which tell by their names whether they carry a hash, for a website below the path
    /// `base` of its host.
    #[must_use]
    pub fn in_memory(files: MemoryFiles, base: &str) -> Site {
        let names = files.names_in(PACKAGE);
        let has_hashes = !names.contains(&[NAME, ".js"].concat());
        Site::with(Files::Memory(files), names, has_hashes, base)
    }

    fn in_folder(folder: PathBuf, has_hashes: bool, base: &str) -> Site {
        let entries = fs::read_dir(folder.join(PACKAGE)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        Site::with(Files::Folder(folder), names, has_hashes, base)
    }

    fn with(files: Files, names: Vec<String>, has_hashes: bool, base: &str) -> Site {
        let mut problems = Vec::new();
        let mut find = |ending: &str| match name_of(&names, NAME, ending, has_hashes) {
            Ok(name) => name,
            Err(problem) => {
                problems.push(problem);
                [NAME, ".", ending].concat()
            }
        };
        let (style, script, wasm) = (find("css"), find("js"), find("wasm"));
        let start = start_script(base, script.trim_end_matches(".js"), wasm.trim_end_matches(".wasm"));
        let start = start.unwrap_or_else(|| {
            problems.push("no script that starts islands".to_owned());
            String::new()
        });
        let address = |name: &str| ["/", PACKAGE, "/", name].concat();
        let desk = desk_part(&names, has_hashes, base, &address(&style));
        let has_desk = desk.is_some();
        let addresses =
            Addresses { style: address(&style), script: address(&script), wasm: address(&wasm), start, desk };
        let missing = (!problems.is_empty()).then(|| problems.join(", "));
        Site { files, addresses: addresses.into(), has_hashes, missing, has_desk }
    }

    /// What pages name.
    #[must_use]
    pub fn addresses(&self) -> BrowserFiles {
        self.addresses.clone()
    }

    /// Whether the names of script, WASM and style sheet carry a hash of what is in them.
    #[must_use]
    pub fn has_hashes(&self) -> bool {
        self.has_hashes
    }

    /// Where the files are, in words.
    ///
    /// # Errors
    /// Pages would name files that are not there; in words, too.
    pub fn found(&self) -> Result<String, String> {
        let (place, help) = match &self.files {
            Files::Folder(folder) => (
                folder.join(PACKAGE).display().to_string(),
                ": build the website, or set \
                leptos.site_root and leptos.hash_files to match it",
            ),
            Files::Memory(_) => ("this program".to_owned(), ""),
        };
        match &self.missing {
            None if self.has_desk => Ok(format!("the browser's files are in {place}")),
            None => Ok(format!("the browser's files are in {place}; {DESK} is not, so the desk is not live")),
            Some(missing) => Err(format!("{place} has {missing}{help}")),
        }
    }

    /// Answers with the file at the request's path, in the compressed copy that the browser accepts if the build made
    /// one, and hands what is no file to `otherwise`.
    pub fn service(&self, otherwise: Router) -> MethodRouter {
        match &self.files {
            Files::Folder(folder) => {
                any_service(ServeDir::new(folder).precompressed_br().precompressed_gzip().fallback(otherwise))
            }
            Files::Memory(files) => any_service(
                ServeDir::with_backend("", files.clone()).precompressed_br().precompressed_gzip().fallback(otherwise),
            ),
        }
    }
}

/// The part for the page of the desk, if the build made one: its own script and WASM with the style sheet of all pages.
fn desk_part(names: &[String], has_hashes: bool, base: &str, style: &str) -> Option<BrowserFiles> {
    let name = |ending: &str| name_of(names, DESK, ending, has_hashes).ok();
    let (script, wasm) = (name("js")?, name("wasm")?);
    let start = start_script(base, script.trim_end_matches(".js"), wasm.trim_end_matches(".wasm"))?;
    let address = |name: &str| ["/", PACKAGE, "/", name].concat();
    let part = Addresses { style: style.to_owned(), script: address(&script), wasm: address(&wasm), start, desk: None };
    Some(part.into())
}

/// The file of the build with this beginning and ending: `docslot.css`, or with a hash `docslot.5W0Viz.css`.
fn name_of(names: &[String], part: &str, ending: &str, has_hash: bool) -> Result<String, String> {
    let fits = |name: &&String| {
        let middle = name.strip_prefix(part).and_then(|rest| rest.strip_suffix(ending)?.strip_suffix('.'));
        middle.is_some_and(|middle| match middle.strip_prefix('.') {
            Some(hash) => has_hash && !hash.is_empty() && !hash.contains('.'),
            None => !has_hash && middle.is_empty(),
        })
    };
    let mut found = names.iter().filter(fits);
    let hash = if has_hash { "HASH." } else { "" };
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(name.clone()),
        (None, _) => Err(format!("no {part}.{hash}{ending}")),
        (Some(_), Some(_)) => Err(format!("several {part}.{hash}{ending}, of builds at different times")),
    }
}

/// The script of Leptos that loads these files and makes islands live. Leptos's own component would look the names up
/// in a file beside the program, for every page; here it is asked once, for names that are put right afterwards. None
/// when it no longer looks as it did.
fn start_script(base: &str, script: &str, wasm: &str) -> Option<String> {
    let options = LeptosOptions::builder().output_name(NAME).site_pkg_dir(PACKAGE).build();
    let html = Owner::new().with(|| view! { <HydrationScripts options islands=true /> }.to_html());
    let (_, script_element) = html.rsplit_once("<script")?;
    let (_, text) = script_element.split_once('>')?;
    let (function, _) = text.rsplit_once("(\"\", \"pkg\", ")?;
    Some(format!("{function}({base:?}, {PACKAGE:?}, {script:?}, {wasm:?}, false);"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_names_of_a_build_are_found_among_its_other_files() {
        let built = names(&["docslot.5W-_z.js", "docslot.5W-_z.js.br", "docslot.d.TE7.ts", "docslot_bg.wasm.d.if.ts"]);
        assert_eq!(name_of(&built, NAME, "js", true).as_deref(), Ok("docslot.5W-_z.js"));
        assert_eq!(
            name_of(&built, NAME, "wasm", true).map_err(|words| words.clone()),
            Err("no docslot.HASH.wasm".to_owned())
        );
        let plain = names(&["docslot.js", "docslot.abc.js", "docslot.css"]);
        assert_eq!(name_of(&plain, NAME, "js", false).as_deref(), Ok("docslot.js"));
        assert_eq!(
            name_of(&plain, NAME, "css", true).map_err(|words| words.clone()),
            Err("no docslot.HASH.css".to_owned())
        );
        let two = name_of(&names(&["docslot.abc.js", "docslot.def.js"]), NAME, "js", true);
        assert!(two.unwrap_err().starts_with("several docslot.HASH.js"));
    }

    #[test]
    fn the_script_that_starts_islands_is_leptoss_own_with_the_names_of_the_build() {
        let text = start_script("", "docslot.abc", "docslot.def").unwrap();
        assert!(text.trim_start().starts_with('('), "{text}");
        assert!(text.ends_with("(\"\", \"pkg\", \"docslot.abc\", \"docslot.def\", false);"), "{text}");
        assert!(text.contains("leptos-island") && text.contains("import("), "{text}");
        assert_eq!(text.matches("\"docslot").count(), 2, "{text}");
    }

    #[test]
    fn a_site_in_memory_knows_its_names_and_what_it_lacks() {
        let whole = ["docslot.a.js", "docslot.b.wasm", "docslot.c.css", "docslot-desk.d.js", "docslot-desk.e.wasm"];
        let whole = whole.map(|name| ["pkg/", name].concat());
        let site = Site::in_memory(MemoryFiles::new(whole.iter().map(|name| (name.as_str(), b"x" as &[u8]))), "");
        assert!(site.has_hashes());
        assert_eq!(site.found().as_deref(), Ok("the browser's files are in this program"));
        let (ordinary, desk) = (site.addresses().of_page("/doctors?q=desk"), site.addresses().of_page("/desk?date="));
        assert_eq!(ordinary, site.addresses());
        let html = Owner::new().with(|| view! { <crate::ui::IslandScripts files=desk /> }.to_html());
        assert!(html.contains("/pkg/docslot-desk.d.js") && html.contains("/pkg/docslot-desk.e.wasm"), "{html}");
        let part = ["pkg/docslot.js", "pkg/docslot.css"];
        let site = Site::in_memory(MemoryFiles::new(part.map(|name| (name, b"x" as &[u8]))), "");
        assert!(!site.has_hashes());
        assert_eq!(site.found().map_err(|words| words.clone()), Err("this program has no docslot.wasm".to_owned()));
    }
}
