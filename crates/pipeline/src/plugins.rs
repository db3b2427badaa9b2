//! Starting GStreamer, and naming what is missing.

use gst::prelude::*;
use gstreamer as gst;

/// Elements that are needed and not installed.
#[derive(Debug, thiserror::Error)]
#[error("GStreamer cannot do what RetroVue needs: {what}; install {packages}")]
pub struct MissingPlugins {
    /// The elements, or what GStreamer itself says.
    pub what: String,
    /// Debian's packages that carry them.
    pub packages: String,
}

/// What playing needs, by the Debian package that carries it.
const NEEDED: [(&str, &[&str]); 5] = [
    (
        "gstreamer1.0-plugins-base",
        &[
            "decodebin",
            "typefind",
            "videoconvert",
            "videoconvertscale",
            "audioconvert",
            "audioresample",
            "appsink",
            "appsrc",
        ],
    ),
    ("gstreamer1.0-plugins-good", &["deinterlace", "videoflip", "aacparse", "qtdemux", "matroskademux", "avidemux"]),
    ("gstreamer1.0-plugins-bad", &["h264parse", "tsdemux", "mpegpsdemux"]),
    ("gstreamer1.0-plugins-ugly", &["x264enc"]),
    ("gstreamer1.0-libav", &["avdec_h264", "avdec_aac", "avdec_flac", "avenc_aac"]),
];

/// In every installation of GStreamer itself.
const CORE: [&str; 4] = ["filesrc", "queue", "capsfilter", "fakesink"];

/// Takes 6.1 and 7.1 for having their surround before their centre, which FLAC does not (RFC 9639, 9.1.3): dialogue would
/// come from one side. libav's decoder names the channels as they are.
const MISNAMING: &str = "flacdec";

/// Starts GStreamer. Call before anything else here; calling it again is harmless.
///
/// # Errors
/// Names every missing element with the package that carries it.
pub fn init() -> Result<(), MissingPlugins> {
    gst::init()
        .map_err(|error| MissingPlugins { what: error.to_string(), packages: "libgstreamer1.0-0".to_owned() })?;
    if let Some(decoder) = gst::ElementFactory::find(MISNAMING) {
        decoder.set_rank(gst::Rank::NONE);
    }
    missing(|element| gst::ElementFactory::find(element).is_some()).map_or(Ok(()), Err)
}

fn missing(is_installed: impl Fn(&str) -> bool) -> Option<MissingPlugins> {
    let lacking = |elements: &[&'static str]| -> Vec<&'static str> {
        elements.iter().copied().filter(|element| !is_installed(element)).collect()
    };
    let mut elements = lacking(&CORE);
    let mut packages = if elements.is_empty() { vec![] } else { vec!["libgstreamer1.0-0"] };
    for (package, carried) in NEEDED {
        let here = lacking(carried);
        if !here.is_empty() {
            packages.push(package);
            elements.extend(here);
        }
    }
    (!elements.is_empty())
        .then(|| MissingPlugins { what: format!("it lacks {}", elements.join(", ")), packages: packages.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_here() {
        init().unwrap();
        init().unwrap();
    }

    #[test]
    fn missing_elements_are_named_with_their_packages() {
        let missing = missing(|element| !matches!(element, "x264enc" | "aacparse" | "qtdemux")).unwrap();
        assert_eq!(
            missing.to_string(),
            "GStreamer cannot do what RetroVue needs: it lacks aacparse, qtdemux, x264enc; \
             install gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
        );
    }
}
