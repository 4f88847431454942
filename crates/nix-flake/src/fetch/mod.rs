//! Fetching.

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {}
impl FetchError {
    /// S
    pub fn exit_status(&self) -> u8 { 1 }
}
