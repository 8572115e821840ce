//! Files of patients in a store that speaks S3, where a test is told of one.

use docslot::{db::Engine, error::AppError, papers::server as papers, state::AppState};

use crate::{
    clinic::{TOMORROW_9, TestClinic},
    papers::{PDF, add, open},
};

const BUCKET: &str = "docslot-papers";

fn keeping_at(app: &AppState, endpoint: &str) -> AppState {
    let mut settings = (*app.settings).clone();
    settings.papers.s3_bucket = BUCKET.to_owned();
    settings.papers.s3_endpoint = endpoint.to_owned();
    settings.papers.s3_access_key = "docslot".to_owned();
    settings.papers.s3_secret_key = "a secret of this test".into();
    app.with_settings(settings)
}

/// `deploy/tools/s3.sh` starts a store and runs this.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a store that speaks S3: deploy/tools/s3.sh"]
async fn a_file_goes_to_the_store_and_comes_back_and_is_deleted_there() {
    TestClinic::run(Engine::Sqlite, body).await;
}

async fn body(clinic: TestClinic) {
    let endpoint = std::env::var("DOCSLOT_TEST_S3").expect("DOCSLOT_TEST_S3 is the address of a store");
    // bytes as another program reads them from the store
    let stored = async |id: &str| {
        let answer = reqwest::get(format!("{endpoint}/{BUCKET}/papers/{id}")).await.expect("an answer");
        answer.status().is_success().then_some(answer.bytes().await.expect("bytes"))
    };
    let (app, away) = (keeping_at(&clinic.app, &endpoint), keeping_at(&clinic.app, "http://127.0.0.1:1"));
    let patient = clinic.patient().await;
    let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");

    let large = [PDF, &vec![b' '; 6 * 1024 * 1024]].concat();
    let paper = add(&app, patient, id, "letter.pdf", &large).await.expect("it is taken");
    let kept = stored(&paper.to_string()).await.expect("it is in the store");
    assert!(!kept.windows(PDF.len()).any(|window| window == PDF), "encrypted");
    assert!(open(&app, patient, id, paper).await.expect("it opens").bytes == large);

    // a store that does not answer: nothing is half done, and what is there stays
    assert!(matches!(papers::add(&away, patient, id, "other.pdf", PDF.to_vec()).await, Err(AppError::Internal { .. })));
    assert_eq!(clinic.count("select count(*) from papers").await, 1);
    assert!(open(&away, patient, id, paper).await.is_err());

    // taken away while the store does not answer: a later round deletes the bytes
    papers::remove(&away, patient, id, paper).await.expect("it is taken away");
    assert!(open(&app, patient, id, paper).await.is_err(), "nobody opens it");
    assert!(stored(&paper.to_string()).await.is_some());
    papers::work(&app).await.expect("a round");
    assert!(stored(&paper.to_string()).await.is_none(), "the bytes are gone");
    assert_eq!(clinic.count("select count(*) from papers where bytes_gone = 1").await, 1);
}
