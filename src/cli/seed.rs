//! `docslot seed`

use crate::{cli::failure::Failure, demo, state::AppState};

pub(super) async fn demo(app: &AppState) -> Result<(), Failure> {
    let seeded = demo::seed(app).await.map_err(|error| Failure::new("nothing was written", error))?;
    let Some(sign_ins) = seeded else {
        println!("There are doctors already: nothing was written.");
        return Ok(());
    };
    println!("A demonstration clinic was made. These sign-ins are shown only now:");
    for sign_in in sign_ins {
        let role = format!("{:?}", sign_in.role).to_lowercase();
        println!("  {role:12} {:28} {}", sign_in.email, sign_in.password);
    }
    println!("They sign in without a second factor: the demonstration turns that rule of the clinic off.");
    Ok(())
}
