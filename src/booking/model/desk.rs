//! What browser and server share about visits that doctors and staff add, move and cancel.
