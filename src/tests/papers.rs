//! Files that patients send along: what is taken, who opens them, and what remains of those that were taken away.

use std::{fs, io::Cursor, path::Path};

use docslot::{
    accounts::Role,
    error::AppError,
    ids::{AppointmentId, PaperId},
    papers::{
        PaperKind, PaperState, Papers, Refusal,
        server::{self as papers, OpenedPaper},
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

use crate::{
    access::one_of_each,
    booking::reschedule,
    both_databases,
    clinic::TOMORROW_9,
    folder::Folder,
    time_off::doctor,
    web::{Answer, Browser, Web},
};

pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n";
const POLYGLOT: &[u8] = b"%PDF-1.4\n<html><script>alert(1)</script></html>\n%%EOF\nPK\x03\x04zip";
const MEGABYTE: usize = 1024 * 1024;

/// The app with its files in a folder of the test.
pub fn keeping_in(app: &AppState, folder: &Folder) -> AppState {
    let mut settings = (*app.settings).clone();
    settings.papers.folder = folder.path("papers");
    app.with_settings(settings)
}

/// The bytes of every file in a folder, whatever its depth.
pub fn kept_in(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let found = entries.map(|entry| entry.expect("an entry").path());
    found.flat_map(|path| if path.is_dir() { kept_in(&path) } else { vec![fs::read(path).expect("a file")] }).collect()
}

pub async fn add(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    name: &str,
    bytes: &[u8],
) -> Result<PaperId, Refusal> {
    papers::add(app, actor, id, name, bytes.to_vec()).await.expect("no error")
}

pub async fn listed(app: &AppState, actor: Actor, id: AppointmentId) -> Papers {
    papers::papers(app, actor, id).await.expect("the files")
}

pub async fn open(app: &AppState, actor: Actor, id: AppointmentId, paper: PaperId) -> Result<OpenedPaper, AppError> {
    let link = papers::link(app, actor, id, paper).await?;
    papers::opened(app, link.trim_start_matches("/papers/")).await
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn drawn(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 20).write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// A photo that lies on its side and says where it was taken.
fn jpeg() -> Vec<u8> {
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPSLatitude";
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    let drawn = drawn(image::ImageFormat::Jpeg);
    [b"\xff\xd8\xff\xe1", &length[..], exif, &drawn[2..]].concat()
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [kind, content].concat();
    let crc = !body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&u32::try_from(content.len()).expect("short").to_be_bytes()[..], &body, &crc.to_be_bytes()].concat()
}

/// A picture that says who drew it.
fn png() -> Vec<u8> {
    let drawn = drawn(image::ImageFormat::Png);
    // behind the mark and the header
    [&drawn[..33], &chunk(b"tEXt", b"Author\0Ana Novak"), &drawn[33..]].concat()
}

/// A few bytes that say they are a picture of this size.
fn bomb(side: u32) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", b"x\x9c\x03\0\0\0\0\x01"),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

fn a_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len() + 8).expect("short").to_be_bytes()[..], kind, content].concat()
}

/// A photo of a telephone, as far as its boxes go, with Exif.
fn heic() -> Vec<u8> {
    let ftyp = a_box(b"ftyp", b"heic\0\0\0\0mif1heic");
    let meta = |at: u32| {
        let infe = a_box(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0");
        let iinf = a_box(b"iinf", &[b"\0\0\0\0\0\x01", &infe[..]].concat());
        let place = [&[0, 1, 0, 0, 0, 1][..], &at.to_be_bytes(), &[0, 0, 0, 11]].concat();
        let iloc = a_box(b"iloc", &[b"\0\0\0\0\x44\0\0\x01", &place[..]].concat());
        a_box(b"meta", &[&[0; 4], &iinf[..], &iloc].concat())
    };
    let at = u32::try_from(ftyp.len() + meta(0).len() + 8).expect("short");
    [ftyp, meta(at), a_box(b"mdat", b"GPSLatitudepicture")].concat()
}

/// What people send, and what becomes of it.
fn corpus() -> Vec<(&'static str, Vec<u8>, Result<PaperKind, Refusal>)> {
    let half = |bytes: Vec<u8>| bytes[..bytes.len() * 2 / 3].to_vec();
    let long = |length: usize| [PDF, &vec![b' '; length - PDF.len()]].concat();
    vec![
        ("letter.pdf", PDF.to_vec(), Ok(PaperKind::Pdf)),
        ("10 MB.pdf", long(10 * MEGABYTE), Ok(PaperKind::Pdf)),
        ("photo.jpg", jpeg(), Ok(PaperKind::Jpeg)),
        ("picture.png", png(), Ok(PaperKind::Png)),
        ("photo.heic", heic(), Ok(PaperKind::Heic)),
        ("photo called.pdf", jpeg(), Ok(PaperKind::Jpeg)),
        ("polyglot.pdf", POLYGLOT.to_vec(), Ok(PaperKind::Pdf)),
        ("empty.pdf", Vec::new(), Err(Refusal::Empty)),
        ("program.pdf", b"MZ\x90\0program".to_vec(), Err(Refusal::NotAllowed)),
        ("program.jpg", b"\x7fELF\x02\x01\x01".to_vec(), Err(Refusal::NotAllowed)),
        ("page.pdf", b"<html><script>alert(1)</script>%PDF-1.4\n%%EOF".to_vec(), Err(Refusal::NotAllowed)),
        (
            "drawing.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            Err(Refusal::NotAllowed),
        ),
        ("archive.pdf", b"PK\x03\x04archive".to_vec(), Err(Refusal::NotAllowed)),
        ("picture.gif", b"GIF89a".to_vec(), Err(Refusal::NotAllowed)),
        ("film.heic", a_box(b"ftyp", b"mp42\0\0\0\0mp42isom"), Err(Refusal::NotAllowed)),
        ("cut off.pdf", half(PDF.to_vec()), Err(Refusal::Damaged)),
        ("cut off.jpg", half(jpeg()), Err(Refusal::Damaged)),
        ("cut off.png", half(png()), Err(Refusal::Damaged)),
        ("cut off.heic", half(heic()), Err(Refusal::Damaged)),
        ("mark alone.jpg", b"\xff\xd8\xff".to_vec(), Err(Refusal::Damaged)),
        ("bomb of side.png", bomb(60_000), Err(Refusal::TooManyPixels)),
        ("bomb of pixels.png", bomb(15_000), Err(Refusal::TooManyPixels)),
    ]
}

/// A form with these files, as a browser sends it.
fn files_form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let part = |(name, bytes): &(&str, &[u8])| {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        [head.as_bytes(), bytes, b"\r\n"].concat()
    };
    [files.iter().flat_map(part).collect(), b"--edge--\r\n".to_vec()].concat()
}

const FORM: [(&str, &str); 3] = [
    ("accept", "text/html"),
    ("content-type", "multipart/form-data; boundary=edge"),
    ("sec-fetch-site", "same-origin"),
];

/// Sends files and shows the page that says what became of them.
async fn send(browser: &mut Browser, page: &str, files: &[(&str, &[u8])]) -> Answer {
    let answer = browser.send_bytes("POST", page, &FORM, &files_form(files)).await;
    assert_eq!(answer.location(), page);
    browser.get(page).await
}

/// The links to files on a page.
fn links(page: &Answer) -> Vec<String> {
    page.attributes("rel=\"nofollow\"", "href")
}

both_databases! {
    async fn each_file_is_what_its_content_says_and_metadata_goes(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        for (name, bytes, outcome) in corpus() {
            let added = papers::add(&app, patient, id, name, bytes.clone()).await.expect("no error");
            let paper = match (added, outcome) {
                (Ok(paper), Ok(_)) => paper,
                (Err(refusal), outcome) => {
                    assert_eq!(Err(refusal), outcome, "{name}");
                    continue;
                }
                (Ok(_), outcome) => panic!("{name} was taken, not {outcome:?}"),
            };
            let opened = open(&app, patient, id, paper).await.expect("the file");
            assert_eq!((Ok(opened.kind), opened.name.as_str()), (outcome, name));
            for secret in [&b"GPS"[..], b"Exif\0\0MM", b"Ana Novak"] {
                assert!(opened.kind == PaperKind::Pdf || !holds(&opened.bytes, secret), "{name}");
            }
            if opened.kind == PaperKind::Pdf {
                assert!(opened.bytes == bytes, "{name}");
            }
            if opened.kind == PaperKind::Jpeg {
                let image = image::load_from_memory(&opened.bytes).expect("an image");
                assert_eq!((image.width(), image.height()), (20, 40), "as it is meant to be seen");
            }
        }
        let kept = kept_in(&folder.0);
        assert_eq!(kept.len(), corpus().iter().filter(|(.., outcome)| outcome.is_ok()).count());
        // three bytes of a photo's start would be found by chance in megabytes of anything
        let readable = |bytes: &Vec<u8>| holds(bytes, b"%PDF-1.") || bytes.starts_with(b"\xff\xd8\xff");
        assert!(!kept.iter().any(readable), "encrypted");
    }

    async fn good_files_stay_and_each_bad_one_is_named_beside_the_field(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let web = Web::serve(&app).await;
        let ([_, mut patient, ..], fixture) = one_of_each(&clinic, &web).await;
        let page = fixture.fill("/appointments/{appointment}/papers");
        let long = [PDF, &vec![b' '; 11 * MEGABYTE]].concat();
        let jpeg = jpeg();
        let sent: [(&str, &[u8]); 6] = [
            ("letter.pdf", PDF),
            ("empty.pdf", b""),
            ("11 MB.pdf", &long),
            ("../../<b onclick=x>.jpg", &jpeg),
            ("program.pdf", b"MZ\x90\0program"),
            ("last.pdf", PDF),
        ];
        let shown = send(&mut patient, &page, &sent).await;
        let text = shown.text();
        assert!(text.contains("3 files were received"), "{text}");
        for words in [
            "\u{201c}empty.pdf\u{201d} is empty (0 bytes)",
            "\u{201c}11 MB.pdf\u{201d} is larger than 10 MB",
            "\u{201c}program.pdf\u{201d} is not a PDF, JPEG, PNG or HEIC file",
        ] {
            assert_eq!(text.matches(words).count(), 2, "in the summary and beside the field: {words}\n{text}");
        }
        assert!(shown.body.contains("<title>Error: "), "{}", shown.body);
        assert!(shown.body.contains("&lt;b onclick=x") && !shown.body.contains("<b onclick"), "{}", shown.body);
        assert_eq!(links(&shown).len(), 3);
        // said once
        let again = patient.get(&page).await;
        assert!(!again.text().contains("were received") && !again.text().contains("There is a problem"));
        // nothing chosen: a browser sends one part without a name
        let none = send(&mut patient, &page, &[("", b"")]).await;
        assert_eq!(none.text().matches("Choose at least one file").count(), 2, "{}", none.text());
        // a script gets no page, and the same note
        let script = [("accept", "application/json"), FORM[1], FORM[2]];
        let answer = patient.send_bytes("POST", &page, &script, &files_form(&[("more.pdf", PDF)])).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert!(patient.get(&page).await.text().contains("1 file was received"));
        // the connection breaks in the middle of the second file
        let form = files_form(&[("whole.pdf", PDF), ("half.pdf", PDF)]);
        let answer = patient.send_bytes("POST", &page, &FORM, &form[..form.len() - 30]).await;
        assert_eq!(answer.location(), page);
        let text = patient.get(&page).await.text();
        assert!(text.contains("1 file was received") && text.contains("did not arrive whole"), "{text}");
        // what is no form, and a body beyond every limit, which is not read to its end
        let plain = [FORM[0], ("content-type", "text/plain"), FORM[2]];
        assert_eq!(patient.send_bytes("POST", &page, &plain, b"x").await.status, 400);
        let listed = patient.get(&fixture.fill("/appointments/{appointment}")).await;
        assert_eq!(links(&listed).len(), 5, "the appointment's page: {}", listed.text());
    }

    async fn a_link_lives_for_a_minute_needs_no_cookie_and_runs_nothing(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let web = Web::serve(&app).await;
        let ([mut nobody, mut patient, mut other, mut doctor, mut other_doctor, mut staff], fixture) =
            one_of_each(&clinic, &web).await;
        let page = fixture.fill("/appointments/{appointment}/papers");
        let (jpeg, png) = (jpeg(), png());
        let sent: [(&str, &[u8]); 4] = [("Bef\u{fc}nd.pdf", POLYGLOT), ("a.jpg", &jpeg), ("b.png", &png), ("c.heic", &heic())];
        let links = links(&send(&mut patient, &page, &sent).await);
        let dispositions = [
            ("application/pdf", "attachment; filename=\"paper.pdf\"; filename*=UTF-8''Bef%C3%BCnd.pdf"),
            ("image/jpeg", "inline; filename=\"paper.jpg\"; filename*=UTF-8''a.jpg"),
            ("image/png", "inline; filename=\"paper.png\"; filename*=UTF-8''b.png"),
            ("image/heic", "attachment; filename=\"paper.heic\"; filename*=UTF-8''c.heic"),
        ];
        for (link, (kind, disposition)) in links.iter().zip(dispositions) {
            let target = doctor.get(link).await.location().to_owned();
            assert!(target.starts_with("/papers/"), "{target}");
            let file = nobody.get(&target).await;
            assert_eq!((file.status, file.header("content-type")), (200, kind));
            assert_eq!(file.header("content-disposition"), disposition);
            assert!(file.header("content-security-policy").contains("default-src 'none'"));
            assert!(file.header("content-security-policy").ends_with("sandbox"));
            assert_eq!((file.header("cache-control"), file.header("x-content-type-options")), ("no-store", "nosniff"));
            assert_eq!(file.header("set-cookie"), "");
        }
        for (browser, status) in
            [(&mut nobody, 401), (&mut other, 404), (&mut other_doctor, 404), (&mut staff, 403), (&mut patient, 303)]
        {
            assert_eq!(browser.get(&links[0]).await.status, status);
        }
        // four by the doctor, one by the patient, each in the audit log
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'paper.opened'").await, 5);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'paper.added'").await, 4);
        clinic.execute("update doctors set staff_read_reasons = (1 = 1)").await.expect("a change");
        assert_eq!(staff.get(&links[0]).await.status, 303);
        assert_eq!(clinic.count("select count(distinct actor_id) from audit_entries where action = 'paper.opened'").await, 3);

        let target = patient.get(&links[0]).await.location().to_owned();
        let (start, end) = target.split_at(target.len() / 2);
        let changed = [start, if end.starts_with('A') { "B" } else { "A" }, &end[1..]].concat();
        assert_eq!(nobody.get(&changed).await.status, 404);
        clinic.clock.advance_seconds(59);
        assert_eq!(nobody.get(&target).await.status, 200);
        clinic.clock.advance_seconds(1);
        assert_eq!(nobody.get(&target).await.status, 410);
    }

    async fn what_was_taken_away_leaves_that_it_was_there(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let paper = add(&app, patient, id, "letter.pdf", PDF).await.expect("a file");
        let of_doctor = add(&app, doctor, id, "result.pdf", PDF).await.expect("a file");
        let link = papers::link(&app, patient, id, paper).await.expect("a link");
        assert_eq!(papers::remove(&app, doctor, id, paper).await, Err(AppError::Forbidden));
        assert_eq!(papers::remove(&app, patient, id, of_doctor).await, Err(AppError::Forbidden));
        assert_eq!(papers::remove(&app, clinic.patient().await, id, paper).await, Err(AppError::NotFound));
        for _ in 0..2 {
            papers::remove(&app, patient, id, paper).await.expect("removed");
        }
        assert_eq!(kept_in(&folder.0).len(), 1);
        let seen = listed(&app, doctor, id).await;
        let states: Vec<_> = seen.papers.iter().map(|paper| (paper.state, paper.name.as_str())).collect();
        assert_eq!(states, [(PaperState::Removed, ""), (PaperState::Ready, "result.pdf")]);
        assert_eq!(open(&app, patient, id, paper).await.err(), Some(AppError::NotFound));
        let over = papers::opened(&app, link.trim_start_matches("/papers/")).await.err();
        assert_eq!(over, Some(AppError::LinkOver));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'paper.removed'").await, 1);
        assert_eq!(clinic.count("select count(*) from papers where length(file_key) = 0").await, 1);
    }

    async fn a_store_that_was_away_is_asked_again(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let paper = add(&app, patient, id, "letter.pdf", PDF).await.expect("a file");
        // a folder in the file's place cannot be deleted as a file
        let place = folder.0.join("papers/papers").join(paper.to_string());
        fs::rename(&place, folder.0.join("aside")).expect("moved");
        fs::create_dir(&place).expect("a folder");
        papers::remove(&app, patient, id, paper).await.expect("removed all the same");
        assert_eq!(listed(&app, patient, id).await.papers[0].state, PaperState::Removed);
        assert!(papers::work(&app).await.is_err());
        fs::remove_dir(&place).expect("removed");
        fs::rename(folder.0.join("aside"), &place).expect("moved back");
        papers::work(&app).await.expect("work");
        assert_eq!(kept_in(&folder.0).len(), 0);
    }

    async fn each_side_sends_ten_files_and_a_patient_has_a_quota(clinic: TestClinic) {
        let folder = Folder::new();
        let mut settings = (*keeping_in(&clinic.app, &folder).settings).clone();
        settings.papers.quota_megabytes = 1;
        let app = clinic.app.with_settings(settings);
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let at_once = (0..16).map(|n| {
            let app = app.clone();
            tokio::spawn(async move { papers::add(&app, patient, id, &format!("{n}.pdf"), PDF.to_vec()).await })
        });
        let mut outcomes = Vec::new();
        for adding in at_once.collect::<Vec<_>>() {
            outcomes.push(adding.await.expect("no panic").expect("no error").map(|_| ()));
        }
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Refusal::TooMany))));
        assert_eq!(kept_in(&folder.0).len(), 10, "of what was refused nothing stays");
        assert!(add(&app, doctor, id, "result.pdf", PDF).await.is_ok());
        let large = [PDF, &vec![b' '; MEGABYTE - 5 * PDF.len()]].concat();
        assert_eq!(add(&app, doctor, id, "large.pdf", &large).await, Err(Refusal::Quota));
        let first = listed(&app, patient, id).await.papers[0].id;
        papers::remove(&app, patient, id, first).await.expect("removed");
        assert!(add(&app, patient, id, "one more.pdf", PDF).await.is_ok());
    }

    async fn files_go_with_a_moved_appointment_and_end_with_their_time(clinic: TestClinic) {
        let folder = Folder::new();
        let mut settings = (*keeping_in(&clinic.app, &folder).settings).clone();
        settings.papers.retention_days = 30;
        let app = clinic.app.with_settings(settings);
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let id = clinic.book(patient, 0, Timestamp(TOMORROW_9.0 + 2 * 86_400)).await.expect("a booking");
        let paper = add(&app, patient, id, "letter.pdf", PDF).await.expect("a file");
        let moved = reschedule(&clinic, patient, id, Timestamp(TOMORROW_9.0 + 3 * 86_400)).await.expect("moved");
        assert_eq!(listed(&app, patient, moved).await.papers[0].name, "letter.pdf");
        assert!(open(&app, patient, moved, paper).await.is_ok());
        assert_eq!(listed(&app, patient, id).await.papers, [], "the old appointment has left them to the new one");
        assert_eq!(papers::add(&app, patient, id, "x.pdf", PDF.to_vec()).await, Err(AppError::Conflict));
        let seen = listed(&app, staff, moved).await;
        assert!(!seen.may_read && seen.papers.is_empty(), "the doctor does not let staff read");
        assert_eq!(papers::add(&app, staff, moved, "x.pdf", PDF.to_vec()).await, Err(AppError::Forbidden));

        let ends = clinic.row(moved).await.ends_at;
        clinic.clock.set(ends.plus_seconds(30 * 86_400));
        papers::work(&app).await.expect("work");
        assert_eq!(listed(&app, patient, moved).await.papers[0].state, PaperState::Ready);
        clinic.clock.advance_seconds(1);
        papers::work(&app).await.expect("work");
        assert_eq!(listed(&app, patient, moved).await.papers[0].state, PaperState::Expired);
        assert_eq!(kept_in(&folder.0).len(), 0);
    }

    async fn bytes_that_were_changed_or_swapped_in_the_store_are_not_handed_out(clinic: TestClinic) {
        let folder = Folder::new();
        let app = keeping_in(&clinic.app, &folder);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let one = add(&app, patient, id, "one.pdf", PDF).await.expect("a file");
        let two = add(&app, patient, id, "two.pdf", POLYGLOT).await.expect("a file");
        let place = |paper: PaperId| folder.0.join("papers/papers").join(paper.to_string());
        fs::copy(place(two), place(one)).expect("a copy");
        assert!(matches!(open(&app, patient, id, one).await.err(), Some(AppError::Internal { .. })));
        clinic.execute("update papers set file_key = (select p.file_key from papers p order by p.id desc limit 1)").await.expect("a change");
        assert!(open(&app, patient, id, one).await.is_err(), "with the key of the other one as well");
        assert!(open(&app, patient, id, two).await.is_ok());
    }
}
