use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Settings::from_sources(file, "Leptos.toml", &environment).map_err(|error| error.to_string())
}

#[test]
fn the_documented_file_holds_every_key_with_its_default() {
    let documented: toml::Table = include_str!("../../Leptos.toml").parse().unwrap();
    let defaults = toml::Table::try_from(Settings::default()).unwrap();
    assert_eq!(documented, defaults);
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_default() {
    let file = "[booking]\nhold_minutes = 7\n[server]\naddress = \"127.0.0.1:4000\"";
    let settings = load(file, &[("DOCSLOT_SERVER_ADDRESS", "127.0.0.1:5000")]).unwrap();
    assert_eq!(settings.booking.hold_minutes, 7);
    assert_eq!(settings.server.address.port(), 5000);
    assert_eq!(settings.booking.hold_extension_minutes, 5);
}

#[test]
fn addresses_of_video_calls_have_a_room_and_begin_with_https() {
    let set = |template: &str| load("", &[("DOCSLOT_BOOKING_VIDEO_URL_TEMPLATE", template)]);
    let good = "https://meet.example/docslot-{room}";
    assert_eq!(set(good).unwrap().booking.video_url_template, good);
    for bad in ["http://meet.example/{room}", "https://meet.example/", "https://meet.example/{room}/{room}", "{room}"] {
        assert!(set(bad).unwrap_err().contains("booking.video_url_template"), "{bad}");
    }
}

#[test]
fn our_own_variable_counts_before_those_of_other_tools() {
    let settings = load(
        "",
        &[
            ("DOCSLOT_SERVER_ADDRESS", "127.0.0.1:5000"),
            ("LEPTOS_SITE_ADDR", "127.0.0.1:6000"),
            ("DATABASE_URL", "postgres://localhost/docslot"),
        ],
    );
    let settings = settings.unwrap();
    assert_eq!(settings.server.address.port(), 5000);
    assert_eq!(settings.database.url.expose(), "postgres://localhost/docslot");
}

#[test]
fn lists_are_separated_by_commas() {
    let settings = load("", &[("DOCSLOT_SERVER_TRUSTED_PROXIES", "127.0.0.1, ::1")]).unwrap();
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    let days = |text| load("", &[("DOCSLOT_MAIL_REMINDER_DAYS", text)]).unwrap().mail.reminder_days;
    assert_eq!(days("14, 2"), [DaysBefore(14), DaysBefore(2)]);
    assert_eq!(days(""), []);
}

#[test]
fn a_secret_may_come_from_a_file() {
    let path = std::env::temp_dir().join(format!("docslot-secret-{}", std::process::id()));
    std::fs::write(&path, "postgres://u:p@db/docslot\n").unwrap();
    let settings = load("", &[("DATABASE_URL_FILE", path.to_str().unwrap())]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(settings.unwrap().database.url.expose(), "postgres://u:p@db/docslot");
}

#[test]
fn what_makes_no_sense_is_named_in_one_line() {
    let cases = [
        (
            load("[booking]\nhold_minuts = 1", &[]),
            "booking.hold_minuts: no such key; did you mean booking.hold_minutes?",
        ),
        (
            load("[boking]\nhold_minutes = 1", &[]),
            "boking.hold_minutes: no such key; did you mean booking.hold_minutes?",
        ),
        (
            load("public_url = \"https://clinic.example\"", &[]),
            "public_url: stands outside any section; did you mean server.",
        ),
        (
            load("", &[("DOCSLOT_SERVER_PUBLICURL", "https://a.example")]),
            "server.publicurl; did you mean server.public_url?",
        ),
        (load("[booking]\nhold_minutes = \"ten\"", &[]), "booking.hold_minutes"),
        (load("[booking]\nhold_minutes = 0", &[]), "booking.hold_minutes"),
        (load("[server]\naddress = \"here\"", &[]), "server.address"),
        (load("[server]\ntrusted_proxies = [\"proxy\"]", &[]), "server.trusted_proxies"),
        (load("[server]\npublic_url = \"https://clinic.example/\"", &[]), "server.public_url"),
        (load("[server]\naddress = ", &[]), "Leptos.toml line 2"),
        (load("", &[("DOCSLOT_BOOKING_HOLD_MINUTES", "ten")]), "DOCSLOT_BOOKING_HOLD_MINUTES"),
        (load("", &[("DOCSLOT_BOOKING_HOLDING", "1")]), "DOCSLOT_BOOKING_HOLDING"),
        (load("", &[("DATABASE_URL", "mysql://localhost")]), "database.url"),
        (load("", &[("DATABASE_URL_FILE", "/nowhere/at/all")]), "DATABASE_URL_FILE"),
        (load("[server]\npublic_url = \"https://clinic.example/booking/\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"https://clinic.example/a//b\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"https://clinic.example/a%20b\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"https://clinic.example/a/../b\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"https://clinic.example/a?b\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"https://user@clinic.example\"", &[]), "server.public_url"),
        (load("[server]\npublic_url = \"clinic.example\"", &[]), "server.public_url"),
        (load("[server]\ntls_key = \"key.pem\"", &[]), "server.tls_certificate"),
        (load("[server]\ntls_certificate = \"certificate.pem\"", &[]), "server.tls_key"),
        (load("", &[("DOCSLOT_SERVER_TLS_KEY", "-----BEGIN PRIVATE KEY-----")]), "not its content"),
        (
            load("[server]\npublic_url = \"http://clinic.example\"\ntls_key = \"k\"\ntls_certificate = \"c\"", &[]),
            "server.public_url",
        ),
        (load("[server]\nembed_origins = [\"*\"]", &[]), "server.embed_origins"),
        (load("[server]\nembed_origins = [\"https://clinic.example;x\"]", &[]), "server.embed_origins"),
        (load("[server]\nembed_origins = [\"https://clinic.example/booking\"]", &[]), "server.embed_origins"),
        (load("[server]\nsecurity_contact = \"security@clinic.example\"", &[]), "server.security_contact"),
        (
            load("[server]\nsecurity_contact = \"mailto:a@clinic.example\\nExpires: never\"", &[]),
            "server.security_contact",
        ),
        (load("[api]\ncors_origins = [\"*\"]", &[]), "api.cors_origins"),
        (load("[api]\ncors_origins = [\"https://*.example\"]", &[]), "api.cors_origins"),
        (load("[api]\ncors_origins = [\"https://App.example\"]", &[]), "api.cors_origins"),
        (load("[api]\ncors_origins = [\"https://app.example:443\"]", &[]), "api.cors_origins"),
        (load("[api]\ncors_origins = [\"ftp://app.example\"]", &[]), "api.cors_origins"),
        (load("[api]\ncors_origins = [\"https://app.example/\"]", &[]), "api.cors_origins"),
        (load("", &[("DOCSLOT_API_CORS_ORIGINS", "https://app.example,null")]), "api.cors_origins"),
        (load("[mail]\ntransport = \"pigeon\"", &[]), "mail.transport"),
        (load("[mail]\ntransport = \"smtp\"", &[]), "mail.smtp_url"),
        (load("[mail]\ntransport = \"smtp\"\nsmtp_url = \"smtp://u:p@mail.example\"", &[]), "mail.smtp_url"),
        (load("[mail]\ntransport = \"smtp\"\nsmtp_url = \"smtp://\"", &[]), "mail.smtp_url"),
        (load("[mail]\nfrom = \"the clinic\"", &[]), "mail.from"),
        (load("[mail]\nconnections = 0", &[]), "mail.connections"),
        (load("[metrics]\naddress = \"9464\"", &[]), "metrics.address"),
        (load("[metrics]\ntoken = \"short\"", &[]), "metrics.token"),
        (load("[papers]\nfolder = \"\"", &[]), "papers.folder"),
        (load("[papers]\ns3_bucket = \"clinic\"", &[]), "papers.s3_access_key"),
        (load("[papers]\nclamd = \"3310\"", &[]), "papers.clamd"),
        (load("[papers]\nquota_megabytes = 0", &[]), "papers.quota_megabytes"),
        (
            load(
                "[papers]\ns3_bucket = \"b\"\ns3_access_key = \"a\"\ns3_secret_key = \"s\"\ns3_endpoint = \"s3\"",
                &[],
            ),
            "papers.s3_endpoint",
        ),
        (load("", &[("DOCSLOT_METRICS_TOKEN", "spaces-are in between")]), "metrics.token"),
        (load("[mail]\nreminder_hour = 24", &[]), "mail.reminder_hour"),
        (load("[mail]\nreminder_days = [\"7\", \"0\"]", &[]), "mail.reminder_days"),
        (load("", &[("DOCSLOT_MAIL_REMINDER_DAYS", "7, soon")]), "mail.reminder_days"),
    ];
    for (result, named) in cases {
        let message = result.expect_err(named);
        assert!(message.contains(named), "{message:?} does not name {named}");
        assert_eq!(message.lines().count(), 1, "{message:?}");
    }
}

#[test]
fn a_contact_and_websites_for_frames_are_taken() {
    for contact in ["", "mailto:security@clinic.example", "https://clinic.example/security", "tel:+442079460100"] {
        let settings = load("", &[("DOCSLOT_SERVER_SECURITY_CONTACT", contact)]).unwrap();
        assert_eq!(settings.server.security_contact, contact);
    }
    let origins = "https://clinic.example,https://www.clinic.example:8443";
    let settings = load("", &[("DOCSLOT_SERVER_EMBED_ORIGINS", origins)]).unwrap();
    assert_eq!(settings.server.embed_origins, ["https://clinic.example", "https://www.clinic.example:8443"]);
}

#[test]
fn other_variables_of_the_project_are_none_of_the_settings_business() {
    assert!(load("", &[("DOCSLOT_TOOLS", "/tools"), ("DOCSLOT_ADMIN_PASSWORD", "x")]).is_ok());
}

#[test]
fn without_a_public_address_only_this_machine_is_reachable() {
    for (address, public_url, url, reachable) in [
        ("127.0.0.1:3000", "", "http://127.0.0.1:3000", true),
        ("[::1]:80", "", "http://[::1]", true),
        ("0.0.0.0:3000", "", "http://0.0.0.0:3000", false),
        ("[::]:3000", "", "http://[::]:3000", false),
        ("10.0.0.7:80", "", "http://10.0.0.7", false),
        ("0.0.0.0:3000", "https://clinic.example", "https://clinic.example", true),
    ] {
        let settings = [("DOCSLOT_SERVER_ADDRESS", address), ("DOCSLOT_SERVER_PUBLIC_URL", public_url)];
        let settings = load("", &settings).unwrap();
        assert_eq!((settings.public_url().as_str(), settings.is_reachable()), (url, reachable), "{address}");
    }
}

#[test]
fn a_url_never_shows_its_password() {
    let url = SecretUrl::from("postgres://user:s3cret@db.example:5432/docslot?password=s3cret");
    assert_eq!(url.to_string(), "postgres://db.example:5432/docslot");
    assert!(!format!("{url:?}").contains("s3cret"));
    for (url, shown) in [
        ("sqlite://data/docslot.db", "sqlite://data/docslot.db"),
        ("sqlite:///var/lib/docslot.db?mode=rwc", "sqlite:///var/lib/docslot.db"),
        ("sqlite::memory:", "sqlite::memory:"),
        ("sqlite://my folder/docslot.db", "sqlite://my folder/docslot.db"),
        ("postgres://user:s3cret@db.example:port/docslot", "(a URL that cannot be read)"),
        ("", ""),
    ] {
        assert_eq!(SecretUrl::from(url).to_string(), shown);
    }
}

#[test]
fn a_password_goes_to_another_machine_only_encrypted() {
    let with = |url: &str| load("[mail]\ntransport = \"smtp\"", &[("DOCSLOT_MAIL_SMTP_URL", url)]);
    for good in [
        "smtps://u:p@mail.example",
        "smtp://u:p@mail.example:587?tls=required",
        "smtp://u:p@localhost:2525",
        "smtp://u:p@127.0.0.1:2525",
        "smtp://u:p@[::1]",
        "smtp://mail.example",
    ] {
        assert!(with(good).is_ok(), "{good}");
    }
    for bad in [
        "smtp://u:p@mail.example:587",
        "smtp://u:p@mail.example?tls=opportunistic",
        "smtp://u:p@localhost.mail.example",
        "smtp://u:p@mail.example/tls=required",
    ] {
        assert!(with(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_host_of_the_public_address_stands_behind_an_at() {
    for (url, host) in [
        ("https://clinic.example", "clinic.example"),
        ("http://clinic.example:8080", "clinic.example"),
        ("http://localhost:3000", "localhost"),
        ("http://[::1]:3000", "[IPv6:::1]"),
        ("http://[::1]", "[IPv6:::1]"),
        ("http://10.0.0.7", "[10.0.0.7]"),
        ("", "[127.0.0.1]"),
    ] {
        let settings = load("", &[("DOCSLOT_SERVER_PUBLIC_URL", url)]).unwrap();
        assert_eq!(settings.public_host(), host, "{url}");
    }
}

#[test]
fn figures_that_other_machines_can_read_are_open() {
    for (address, token, open) in [
        ("", "", false),
        ("127.0.0.1:9464", "", false),
        ("[::1]:9464", "", false),
        ("0.0.0.0:9464", "", true),
        ("10.0.0.7:9464", "", true),
        ("0.0.0.0:9464", "0123456789abcdef", false),
    ] {
        let settings = load("", &[("DOCSLOT_METRICS_ADDRESS", address), ("DOCSLOT_METRICS_TOKEN", token)]).unwrap();
        assert_eq!(settings.metrics.is_open(), open, "{address} {token}");
        assert!(!format!("{settings:?}").contains("0123456789abcdef"));
    }
}

#[test]
fn the_website_may_stand_below_a_path_of_its_host() {
    for (public_url, origin, base) in [
        ("https://clinic.example/booking", "https://clinic.example", "/booking"),
        ("https://clinic.example:8443/a-1/b_2", "https://clinic.example:8443", "/a-1/b_2"),
        ("https://clinic.example", "https://clinic.example", ""),
        ("", "http://127.0.0.1:3000", ""),
    ] {
        let settings = load("", &[("DOCSLOT_SERVER_PUBLIC_URL", public_url)]).unwrap();
        assert_eq!((settings.public_origin().as_str(), settings.base_path().as_str()), (origin, base), "{public_url}");
    }
}
