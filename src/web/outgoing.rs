//! What the server asks of others over HTTP.

/// Has reqwest encrypt with ring, as everything else here does. Once is enough, and again does no harm.
pub fn encrypt_with_ring() {
    // an earlier one is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
}
