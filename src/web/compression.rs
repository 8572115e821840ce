//! How answers are compressed.

use tower_http::{CompressionLevel, compression::CompressionLayer};

/// Answers are compressed while they are sent: more effort costs more time than it saves.
const LEVEL: CompressionLevel = CompressionLevel::Precise(4);

/// Compresses what the requester accepts compressed.
#[must_use]
pub fn layer() -> CompressionLayer {
    CompressionLayer::new().quality(LEVEL)
}
