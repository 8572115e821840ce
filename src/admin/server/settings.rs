//! What the clinic decides about itself.
