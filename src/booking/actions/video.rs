//! Where a video call takes place.

use leptos::prelude::*;

use crate::{error::AppError, ids::AppointmentId};

/// Keeps where one video call takes place, and goes back to its page. For the appointment's doctor and for clinic staff.
#[server(prefix = "/fn", endpoint = "booking/video_url")]
pub async fn set_video_url(
    id: AppointmentId,
    #[server(default)] version: i32,
    #[server(default)] video_url: String,
) -> Result<(), AppError> {
    use crate::{booking::server, web::request};
    server::set_video_url(&request::app()?, request::signed_in()?, id, version, &video_url).await?;
    request::back_to("video");
    Ok(())
}
