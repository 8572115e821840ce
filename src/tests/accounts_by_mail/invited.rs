//! Invitations by mail.

use docslot::{
    accounts::{Role, server::join},
    admin::{model::invitations::Invited, server::invitations},
    error::{AppError, InvitationEnd},
    web::request::RequestContext,
};

use super::{DAY, Post, state, subject, token};
use crate::{
    both_databases,
    joining::{EMAIL, OVER, code_of, invite_form, join_form, sign_in, staff_browser, waiting_id},
    mail::everything,
    web::Web,
};

const ON_ITS_WAY: &str = "The invitation is on its way";

both_databases! {
    async fn an_invited_doctor_joins_by_the_mailed_link_and_the_shown_one_ends_with_it(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let mut staff = staff_browser(&clinic, &post.web, "miriam@example.org").await;
        staff.get("/admin/invitations").await;
        let form = invite_form(&clinic, "doctor", EMAIL).await;
        let fields = [("role", "doctor"), ("email", EMAIL), ("specialty", &form.specialty), ("location", &form.location), ("days", "3")];
        let page = staff.submit("/fn/admin/invite", &fields).await;
        assert!(page.text().contains(ON_ITS_WAY) && page.text().contains(EMAIL), "{}", page.text());
        let shown = code_of(&page.attributes("id=\"invitation-link\"", "value").remove(0));

        let email = post.one().await;
        assert_eq!((email.to.as_str(), subject(&email).as_str()), (EMAIL, "Your invitation to Docslot Clinic"));
        let text = everything(&email);
        for words in ["Miriam Castell invites you to join Docslot Clinic as a doctor.", "until Thursday 8 January, 8am"] {
            assert!(text.contains(words), "{text}");
        }
        assert!(!text.contains("General practice") && !text.contains(&shown), "{text}");
        let mailed = token(&email, "/invite/");
        let before = state(&clinic).await;
        for code in [&mailed, &shown] {
            let page = post.web.browser().get(&format!("/invite/{code}")).await;
            assert!(page.status == 200 && page.text().contains("invites you to join"), "{}", page.text());
            assert!(page.attributes("href=", "href").iter().all(|address| !address.contains(code.as_str())));
        }
        assert_eq!(state(&clinic).await, before, "a look changes nothing");

        let joined = join::join(&post.app, &RequestContext::anonymous(), join_form(&mailed, EMAIL, "Mara Silva")).await;
        assert_eq!(joined.map(|joined| joined.next), Ok("/doctor/waiting"));
        assert_eq!(clinic.count("select count(*) from persons where email_verified_at is not null").await, 1, "the mailbox is theirs");
        for code in [&mailed, &shown] {
            let again = join::join(&post.app, &RequestContext::anonymous(), join_form(code, EMAIL, "Mara")).await;
            assert_eq!(again.map(|joined| joined.next), Err(OVER(InvitationEnd::Used)));
        }
        assert_eq!(post.deliver().await.len(), 0, "there is no address left to confirm");
        let mut doctor = sign_in(&post.web, EMAIL).await;
        assert_eq!(doctor.get("/doctor/waiting").await.status, 200);
    }

    async fn a_person_who_joins_by_the_shown_link_confirms_the_address_by_mail(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let staff = clinic.user(Role::Admin).await;
        let form = invite_form(&clinic, "admin", EMAIL).await;
        let made = invitations::create(&post.app, staff, form).await.expect("an invitation");
        assert!(made.mailed);
        join::join(&post.app, &RequestContext::anonymous(), join_form(&code_of(&made.link), EMAIL, "Mara")).await.expect("joined");
        let email = post.one().await;
        assert_eq!(subject(&email), "Please confirm your email address", "the invitation is used, and no longer mailed");
    }

    async fn a_new_link_ends_the_mailed_one_and_a_revoked_invitation_is_not_mailed(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let staff = clinic.user(Role::Admin).await;
        let form = invite_form(&clinic, "admin", EMAIL).await;
        let code = code_of(&invitations::create(&post.app, staff, form).await.expect("an invitation").link);
        let id = waiting_id(&clinic, &code).await;
        let first = token(&post.one().await, "/invite/");
        assert!(matches!(join::invitation(&post.app, None, &first).await, Ok(Invited::Welcome { .. })));
        invitations::resend(&post.app, staff, id).await.expect("a new link");
        assert_eq!(join::invitation(&post.app, None, &first).await, Err(AppError::NotFound));
        let second = token(&post.one().await, "/invite/");
        assert!(matches!(join::invitation(&post.app, None, &second).await, Ok(Invited::Welcome { .. })));
        invitations::revoke(&post.app, staff, id).await.expect("revoked");
        assert_eq!(join::invitation(&post.app, None, &second).await, Err(OVER(InvitationEnd::Revoked)));

        let form = invite_form(&clinic, "admin", "other@example.org").await;
        let code = code_of(&invitations::create(&post.app, staff, form).await.expect("an invitation").link);
        invitations::revoke(&post.app, staff, waiting_id(&clinic, &code).await).await.expect("revoked");
        assert_eq!(post.deliver().await.len(), 0);
        let form = invite_form(&clinic, "admin", "late@example.org").await;
        invitations::create(&post.app, staff, form).await.expect("an invitation");
        clinic.clock.advance_seconds(8 * DAY);
        assert_eq!(post.deliver().await.len(), 0, "it ran out before it could be mailed");
    }

    async fn of_two_browsers_with_the_mailed_link_one_joins(clinic: TestClinic) {
        let post = Post::open(&clinic).await;
        let staff = clinic.user(Role::Admin).await;
        invitations::create(&post.app, staff, invite_form(&clinic, "admin", EMAIL).await).await.expect("an invitation");
        let mailed = token(&post.one().await, "/invite/");
        let nobody = RequestContext::anonymous();
        let (one, two) = tokio::join!(
            join::join(&post.app, &nobody, join_form(&mailed, EMAIL, "One")),
            join::join(&post.app, &nobody, join_form(&mailed, EMAIL, "Two")),
        );
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
        assert_eq!(clinic.count("select count(*) from persons where email = 'mara@example.org'").await, 1);
    }

    async fn staff_are_told_when_a_link_is_not_mailed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        staff.get("/admin/invitations").await;
        let page = staff.submit("/fn/admin/invite", &[("role", "admin"), ("email", EMAIL), ("days", "7")]).await;
        assert!(page.text().contains("This clinic sends no email, so you have to pass it on") && !page.text().contains(ON_ITS_WAY), "{}", page.text());
    }
}
