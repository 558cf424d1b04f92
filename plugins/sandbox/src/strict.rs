//! What strict mode refuses although the original accepts it.
//!
//! Besides what is here: a signed request that comes twice, an API key whose agent is disabled, and a receipt
//! published with another agent's key.

use crate::{api::Answer, js::Text, zod};

/// Refuses a label that could move a terminal's cursor, or hide a part of itself.
pub(crate) fn check_label(label: &Text) -> Result<(), Answer> {
    if label.to_lossy().chars().any(char::is_control) {
        return Err(Answer::issues(vec![zod::custom("Label must not contain control characters", "label")]));
    }
    Ok(())
}
