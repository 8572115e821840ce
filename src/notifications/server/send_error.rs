//! Why a message could not be handed over.

use crate::notifications::model::DeliveryError;

/// Why a message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendError {
    pub delivery_error: DeliveryError,
    /// Whether the next message would meet the same: it is not about this message.
    pub away: bool,
    /// For the operator of the server, in plain words. May name addresses, so it does not belong in the log.
    pub words: String,
}
