//! `docslot seed`

use super::Failure;
use crate::{demo, state::AppState};

pub(super) async fn demo(app: &AppState) -> Result<(), Failure> {
    let seeded = demo::seed(app).await.map_err(|error| Failure::new("nothing was written", error))?;
    let Some(sign_ins) = seeded else {
        println!("There are doctors already: nothing was written.");
        return Ok(());
    };
    println!("A demonstration clinic was made. These sign-ins are shown only now:");
    for sign_in in sign_ins {
        let role = format!("{:?}", sign_in.role).to_lowercase();
        println!("  {role:8} {:28} {}", sign_in.email, sign_in.password);
    }
    Ok(())
}

pub(super) async fn bench(app: &AppState, doctors: u32, appointments: u32, messages: u32) -> Result<(), Failure> {
    let written = demo::bench(app, doctors, appointments).await;
    if written.map_err(|error| Failure::new("not everything was written", error))? {
        println!("{doctors} doctors with {appointments} appointments each were written.");
    } else {
        println!("There are doctors already: nothing was written.");
    }
    if messages > 0 {
        let written = demo::messages(app, messages).await;
        let written = written.map_err(|error| Failure::new("not everything was written", error))?;
        println!("{written} messages wait.");
    }
    Ok(())
}
