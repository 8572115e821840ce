//! Invitations, as staff make them: the link that is shown once, new links, and what a form must say.

use docslot::{
    accounts::{
        Role,
        server::{invitation::StoredInvitation, join},
    },
    admin::{
        model::invitations::Invited,
        server::invitations::{self, InviteForm},
    },
    error::{AppError, FieldCode, InvitationEnd},
};

use crate::{
    both_databases,
    joining::{
        DAY, EMAIL, OVER, audit_lines, code_of, invite, invite_form, join_form, staff_browser, try_join, waiting_id,
    },
    web::Web,
};

both_databases! {
    async fn a_link_is_shown_once_and_its_code_is_stored_nowhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        staff.get("/admin/invitations").await;
        let answer = staff.post("/fn/admin/invite", &[("role", "admin"), ("email", EMAIL), ("days", "7")]).await;
        assert_eq!((answer.status, answer.location()), (303, "/admin/invitations"), "no code in the address");
        let mut kept = staff.clone();
        let page = staff.get("/admin/invitations").await;
        let link = page.attributes("id=\"invitation-link\"", "value").remove(0);
        let code = code_of(&link);
        assert_eq!(code.len(), 43);
        let all_headers: String = answer.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert!(!all_headers.contains(&code), "the cookie is encrypted");
        assert!(!page.text().contains("sent") && !page.text().contains("mailed"), "nothing says that it was mailed: {}", page.text());

        let again = staff.get("/admin/invitations").await;
        assert!(!again.body.contains("/invite/"), "a reload does not show it");
        clinic.clock.advance_seconds(61);
        assert!(!kept.get("/admin/invitations").await.body.contains("/invite/"), "nor does a cookie that was kept");

        assert_eq!(clinic.count("select count(*) from invitations where length(code_hash) = 32").await, 1);
        let hash = docslot::random::token_hash(&code);
        let mut reader = clinic.app.db.read().await.expect("a reader");
        let stored = StoredInvitation::by_code(&mut reader.conn(), &hash).await.expect("found by its SHA-256");
        assert_eq!(stored.email, EMAIL);
        let clear = StoredInvitation::by_code(&mut reader.conn(), code.as_bytes()).await;
        assert!(clear.is_err(), "and not by itself");
    }

    async fn a_new_link_ends_the_old_one(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let old = invite(&clinic, staff, "admin", EMAIL).await;
        let id = waiting_id(&clinic, &old).await;
        clinic.clock.advance_seconds(8 * DAY);
        let opened = join::invitation(&clinic.app, None, &old).await;
        assert_eq!(opened, Err(OVER(InvitationEnd::Expired)));
        let new = code_of(&invitations::resend(&clinic.app, staff, id).await.expect("a new link").link);
        assert_ne!(new, old);
        assert_eq!(join::invitation(&clinic.app, None, &old).await, Err(AppError::NotFound));
        assert!(matches!(join::invitation(&clinic.app, None, &new).await, Ok(Invited::Welcome { .. })));
        assert_eq!(try_join(&clinic, join_form(&old, EMAIL, "Old")).await, Err(AppError::NotFound));
        clinic.clock.advance_seconds(7 * DAY - 1);
        assert_eq!(try_join(&clinic, join_form(&new, EMAIL, "New")).await, Ok("/admin"));
        assert_eq!(invitations::resend(&clinic.app, staff, id).await.err(), Some(AppError::Conflict), "used");
        assert_eq!(invitations::revoke(&clinic.app, staff, id).await, Err(AppError::Conflict), "used");
        assert_eq!(audit_lines(&clinic, "invitation.resent").await, 1);
    }

    async fn inviting_again_calls_the_older_invitation_back(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let old = invite(&clinic, staff, "doctor", EMAIL).await;
        let new = invite(&clinic, staff, "admin", "MARA@example.org").await;
        assert_eq!(join::invitation(&clinic.app, None, &old).await, Err(OVER(InvitationEnd::Revoked)));
        let waiting = "select count(*) from invitations where used_at is null and revoked_at is null";
        assert_eq!(clinic.count(waiting).await, 1);
        let id = waiting_id(&clinic, &old).await;
        assert_eq!(invitations::resend(&clinic.app, staff, id).await.err(), Some(AppError::Conflict), "revoked");
        assert_eq!(try_join(&clinic, join_form(&new, EMAIL, "Mara")).await, Ok("/admin"));

        let form = invite_form(&clinic, "doctor", " Mara@example.ORG").await;
        let taken = invitations::create(&clinic.app, staff, form).await.err();
        assert_eq!(taken, Some(AppError::field("email", FieldCode::EmailUnusable)));
        assert_eq!(clinic.count(waiting).await, 0);
    }

    async fn the_form_of_an_invitation_names_every_field_that_does_not_fit(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let bad = InviteForm { role: "patient".into(), email: "x".into(), specialty: String::new(), location: String::new(), days: "31".into() };
        let Some(AppError::Invalid { fields }) = invitations::create(&clinic.app, staff, bad).await.err() else { panic!("accepted") };
        let names: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(names, ["role", "email", "days"]);
        let nowhere = InviteForm { specialty: String::new(), location: clinic.doctors[0].id.to_string(), ..invite_form(&clinic, "doctor", EMAIL).await };
        assert_eq!(invitations::create(&clinic.app, staff, nowhere).await.err(), Some(AppError::field("specialty", FieldCode::Unknown)));
        let nowhere = InviteForm { location: clinic.doctors[0].id.to_string(), ..invite_form(&clinic, "doctor", EMAIL).await };
        assert_eq!(invitations::create(&clinic.app, staff, nowhere).await.err(), Some(AppError::field("location", FieldCode::Unknown)));
        assert_eq!(clinic.count("select count(*) from invitations").await, 0);
        let web = Web::serve(&clinic.app).await;
        let mut browser = staff_browser(&clinic, &web, "miriam@example.org").await;
        browser.get("/admin/invitations").await;
        let page = browser.submit("/fn/admin/invite", &[("role", "admin"), ("email", "miriam@example.org"), ("days", "9")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("This email address already has an account") && page.body.contains("value=\"9\""), "{}", page.text());
    }
}
