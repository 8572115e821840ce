//! The public ids of specialties, which are parts of addresses, and the ids that the functions behind the API take.

use crate::{
    admin::{model::specialties::SpecialtyRow, server::specialties},
    error::AppError,
    ids::SpecialtyId,
    state::AppState,
};

/// All specialties of the clinic.
pub struct Specialties(Vec<SpecialtyRow>);

impl Specialties {
    /// # Errors
    /// The database cannot be read.
    pub async fn load(app: &AppState) -> Result<Self, AppError> {
        specialties::specialties(app).await.map(Specialties)
    }

    /// The id of a specialty in `GET /specialties`.
    #[must_use]
    pub fn public(&self, id: &str) -> Option<String> {
        let id: SpecialtyId = id.parse().ok()?;
        self.0.iter().find(|row| row.id == id).map(|row| row.slug.clone())
    }

    /// The id that forms send for the specialty with this id in `GET /specialties`.
    #[must_use]
    pub fn find(&self, public: &str) -> Option<String> {
        self.0.iter().find(|row| row.slug == public).map(|row| row.id.to_string())
    }
}
