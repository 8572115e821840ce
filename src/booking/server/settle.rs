//! What becomes of booked visits whose doctor will not be there: cancel, keep, move, or hand to a colleague.
