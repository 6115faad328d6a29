//! What was known of a row, and how it ended.
