//! What codes the house's pictures: x264, or hardware.

use std::sync::OnceLock;

use gstreamer as gst;

use crate::format::HouseFormat;

/// A kind of H.264 encoder. One is chosen for the process, since the units of all its segments and slates must fit
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncoderFamily {
    /// Software: runs anywhere.
    X264,
    /// Intel and AMD graphics on Linux.
    Vaapi,
    /// Intel Quick Sync.
    Qsv,
    /// NVIDIA.
    Nvenc,
    /// Kernel drivers, mostly of small boards.
    V4l2,
}

static CHOSEN: OnceLock<EncoderFamily> = OnceLock::new();

impl EncoderFamily {
    /// Those that may be there or not, in the order in which they are tried: the most used on Linux first.
    pub const HARDWARE: [Self; 4] = [Self::Vaapi, Self::Qsv, Self::Nvenc, Self::V4l2];

    /// As settings and reports say it: `x264`, `vaapi`, `qsv`, `nvenc`, `v4l2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::X264 => "x264",
            Self::Vaapi => "vaapi",
            Self::Qsv => "qsv",
            Self::Nvenc => "nvenc",
            Self::V4l2 => "v4l2",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::X264].into_iter().chain(Self::HARDWARE).find(|family| family.name() == name)
    }

    /// Makes it the encoder of this process. Call once, before anything is coded: later calls change nothing.
    pub fn choose(self) {
        let _ = CHOSEN.set(self);
    }

    pub(super) fn chosen() -> Self {
        CHOSEN.get().copied().unwrap_or(Self::X264)
    }

    /// GStreamer's elements for it, best first. Drivers register those that the machine's hardware has.
    fn candidates(self) -> &'static [&'static str] {
        match self {
            Self::X264 => &["x264enc"],
            Self::Vaapi => &["vah264enc", "vaapih264enc"],
            Self::Qsv => &["qsvh264enc"],
            Self::Nvenc => &["nvh264enc"],
            Self::V4l2 => &["v4l2h264enc"],
        }
    }

    /// The element that this machine has for it.
    pub fn element(self) -> Option<&'static str> {
        self.candidates().iter().copied().find(|element| gst::ElementFactory::find(element).is_some())
    }

    /// From house pictures to H.264: closed GOPs of a second, one unit for each picture at once, a bounded bit rate.
    pub(super) fn elements(self, format: &HouseFormat) -> String {
        let element = self.element().unwrap_or(self.candidates()[0]);
        let (gop, kbps, level) = (format.gop_frames(), format.video_kbps, format.h264_level());
        match element {
            // One unsliced thread: sliced ones cost a third more. A VBV of half a second keeps bursts below the mux's
            // lead.
            "x264enc" => format!(
                "x264enc tune=zerolatency speed-preset=superfast threads=1 sliced-threads=false byte-stream=true \
                 aud=true key-int-max={gop} bframes=0 bitrate={kbps} vbv-buf-capacity=500 \
                 option-string=\"scenecut=0:open-gop=0:level={level}\" ! video/x-h264,profile=high"
            ),
            "vah264enc" => format!(
                "videoconvert ! vah264enc rate-control=cbr bitrate={kbps} cpb-size={cpb} key-int-max={gop} b-frames=0 \
                 ref-frames=1 aud=true ! video/x-h264,profile=high",
                cpb = kbps / 2
            ),
            "vaapih264enc" => format!(
                "videoconvert ! vaapih264enc rate-control=cbr bitrate={kbps} cpb-length=500 keyframe-period={gop} \
                 max-bframes=0 refs=1 aud=true cabac=true dct8x8=true ! video/x-h264,profile=high"
            ),
            "qsvh264enc" => format!(
                "videoconvert ! qsvh264enc rate-control=cbr bitrate={kbps} gop-size={gop} b-frames=0 ref-frames=1 \
                 low-latency=true ! video/x-h264,profile=high"
            ),
            "nvh264enc" => format!(
                "videoconvert ! nvh264enc rc-mode=cbr bitrate={kbps} vbv-buffer-size={vbv} gop-size={gop} bframes=0 \
                 strict-gop=true zerolatency=true aud=true ! video/x-h264,profile=high",
                vbv = kbps / 2
            ),
            _ => format!(
                "videoconvert ! v4l2h264enc extra-controls=\"controls,video_bitrate_mode=1,video_bitrate={bps},\
                 video_gop_size={gop},h264_i_frame_period={gop},video_b_frames=0,repeat_sequence_header=1\" \
                 ! video/x-h264,profile=high,level=(string){level}",
                bps = u64::from(kbps) * 1000
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_name_families() {
        for family in [EncoderFamily::X264].into_iter().chain(EncoderFamily::HARDWARE) {
            assert_eq!(EncoderFamily::named(family.name()), Some(family));
        }
        assert_eq!(EncoderFamily::named("auto"), None);
    }

    #[test]
    fn software_is_always_there() {
        crate::init().unwrap();
        assert_eq!(EncoderFamily::X264.element(), Some("x264enc"));
    }
}
