//! What clips are coded as and stored in, in ffmpeg's words.

/// How pictures are coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VideoCodec {
    /// With B-frames and two reference frames, as films have it.
    H264,
    /// In GOPs whose first pictures need the one before.
    H264OpenGop,
    /// High 10.
    H264TenBit,
    /// High 4:2:2, 10 bits.
    H264FourTwoTwo,
    /// High 4:4:4, which odd sizes need.
    H264FourFourFour,
    /// H.265, 8 bits.
    Hevc,
    /// H.265, Main 10.
    HevcTenBit,
    /// H.265, Main 10, PQ in BT.2020.
    HevcHdr,
    /// MPEG-1.
    Mpeg1,
    /// With B-frames.
    Mpeg2,
    /// Without B-frames.
    Mpeg2NoBFrames,
    /// 4:2:2, as studios have it.
    Mpeg2FourTwoTwo,
    /// MPEG-4 part 2, as old AVI files have it.
    Mpeg4,
    /// MPEG-4 part 2 with B-frames, as later AVI files have it.
    Mpeg4BFrames,
    /// On2's.
    Vp8,
    /// Google's.
    Vp9,
    /// AOM's.
    Av1,
    /// AOM's, 10 bits.
    Av1TenBit,
    /// Xiph's.
    Theora,
    /// JPEG pictures.
    Mjpeg,
    /// ProRes 422.
    ProRes,
    /// VC-3.
    DnxHr,
    /// DV, 720×576 at 25 frames a second only.
    Dv,
    /// Sorenson Spark.
    Flv,
    /// H.263, sizes of its own only.
    H263,
    /// Windows Media Video 8.
    Wmv,
    /// Lossless.
    Ffv1,
}

impl VideoCodec {
    pub(super) fn arguments(self) -> &'static str {
        match self {
            Self::H264 => "libx264 -preset veryfast -bf 2 -g 60 -crf 23 -pix_fmt yuv420p",
            Self::H264OpenGop => {
                "libx264 -preset veryfast -crf 23 -pix_fmt yuv420p \
                 -x264-params open-gop=1:bframes=3:keyint=24:min-keyint=24:scenecut=0:b-adapt=0"
            }
            Self::H264TenBit => "libx264 -preset veryfast -bf 2 -g 60 -crf 23 -pix_fmt yuv420p10le",
            Self::H264FourTwoTwo => "libx264 -preset veryfast -bf 2 -g 60 -crf 23 -pix_fmt yuv422p10le",
            Self::H264FourFourFour => "libx264 -preset veryfast -bf 2 -g 60 -crf 23 -pix_fmt yuv444p",
            Self::Hevc => "libx265 -preset ultrafast -x265-params log-level=error:keyint=60 -pix_fmt yuv420p",
            Self::HevcTenBit => "libx265 -preset ultrafast -x265-params log-level=error:keyint=60 -pix_fmt yuv420p10le",
            Self::HevcHdr => {
                "libx265 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 \
                 -colorspace bt2020nc -x265-params \
                 log-level=error:keyint=60:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
            }
            Self::Mpeg1 => "mpeg1video -b:v 2000k -bf 2 -g 15 -pix_fmt yuv420p",
            Self::Mpeg2 => "mpeg2video -b:v 2500k -bf 2 -g 15 -pix_fmt yuv420p",
            Self::Mpeg2NoBFrames => "mpeg2video -b:v 2500k -bf 0 -g 15 -pix_fmt yuv420p",
            Self::Mpeg2FourTwoTwo => "mpeg2video -b:v 5000k -g 15 -pix_fmt yuv422p",
            Self::Mpeg4 => "mpeg4 -q:v 4 -g 60 -pix_fmt yuv420p",
            Self::Mpeg4BFrames => "mpeg4 -q:v 4 -g 60 -bf 2 -pix_fmt yuv420p",
            Self::Vp8 => "libvpx -deadline realtime -cpu-used 8 -b:v 1M -g 60 -pix_fmt yuv420p",
            Self::Vp9 => "libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -g 60 -pix_fmt yuv420p",
            Self::Av1 => "libaom-av1 -usage realtime -cpu-used 8 -b:v 600k -g 60 -pix_fmt yuv420p",
            Self::Av1TenBit => "libsvtav1 -preset 12 -crf 40 -g 60 -pix_fmt yuv420p10le",
            Self::Theora => "libtheora -q:v 6 -g 60 -pix_fmt yuv420p",
            Self::Mjpeg => "mjpeg -q:v 4 -pix_fmt yuvj420p",
            Self::ProRes => "prores -profile:v 1 -pix_fmt yuv422p10le",
            Self::DnxHr => "dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p",
            Self::Dv => "dvvideo -pix_fmt yuv420p",
            Self::Flv => "flv -q:v 4 -g 60 -pix_fmt yuv420p",
            Self::H263 => "h263 -q:v 4 -g 60 -pix_fmt yuv420p",
            Self::Wmv => "wmv2 -q:v 4 -g 60 -pix_fmt yuv420p",
            Self::Ffv1 => "ffv1 -pix_fmt yuv420p",
        }
    }
}

/// How sound is coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AudioCodec {
    /// AAC-LC.
    Aac,
    /// Dolby Digital.
    Ac3,
    /// Dolby Digital Plus.
    Eac3,
    /// DTS.
    Dts,
    /// MPEG-1 layer 2.
    Mp2,
    /// MPEG-1 layer 3.
    Mp3,
    /// Xiph's lossy one.
    Vorbis,
    /// Xiph's newer lossy one.
    Opus,
    /// Lossless.
    Flac,
    /// Apple's lossless one.
    Alac,
    /// Windows Media Audio 2.
    Wma,
    /// 16-bit PCM.
    Pcm,
    /// 24-bit PCM.
    Pcm24,
    /// 8-bit PCM.
    Pcm8,
    /// 16-bit PCM, most significant byte first.
    PcmBig,
}

impl AudioCodec {
    pub(super) fn arguments(self) -> &'static str {
        match self {
            Self::Aac => "aac -b:a 160k",
            Self::Ac3 => "ac3 -b:a 384k",
            Self::Eac3 => "eac3 -b:a 384k",
            Self::Dts => "dca -strict -2 -b:a 768k",
            Self::Mp2 => "mp2 -b:a 160k",
            Self::Mp3 => "libmp3lame -b:a 160k",
            Self::Vorbis => "libvorbis",
            Self::Opus => "libopus -b:a 128k",
            Self::Flac => "flac",
            Self::Alac => "alac",
            Self::Wma => "wmav2 -b:a 128k",
            Self::Pcm => "pcm_s16le",
            Self::Pcm24 => "pcm_s24le",
            Self::Pcm8 => "pcm_u8",
            Self::PcmBig => "pcm_s16be",
        }
    }
}

/// What streams are stored in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Container {
    /// ISO base media.
    Mp4,
    /// ISO base media in fragments, as cameras and streams leave it.
    Mp4Fragments,
    /// ISO base media with its index first.
    Mp4IndexFirst,
    /// ISO base media for telephones.
    ThreeGp,
    /// QuickTime.
    Mov,
    /// Matroska, which rounds stamps to milliseconds.
    Mkv,
    /// MPEG program stream, which does not start at zero.
    Ps,
    /// MPEG-1's.
    Ps1,
    /// MPEG transport stream, which does not start at zero.
    Ts,
    /// The same with four bytes more in each packet, as Blu-ray has it.
    M2ts,
    /// Audio video interleave, which has no stamps.
    Avi,
    /// Matroska's web profile.
    Webm,
    /// Flash video, which rounds stamps to milliseconds.
    Flv,
    /// Xiph's.
    Ogg,
    /// Windows Media, which rounds stamps to milliseconds.
    Asf,
}

impl Container {
    /// What file names end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 | Self::Mp4Fragments | Self::Mp4IndexFirst => "mp4",
            Self::ThreeGp => "3gp",
            Self::Mov => "mov",
            Self::Mkv => "mkv",
            Self::Ps | Self::Ps1 => "mpg",
            Self::Ts => "ts",
            Self::M2ts => "m2ts",
            Self::Avi => "avi",
            Self::Webm => "webm",
            Self::Flv => "flv",
            Self::Ogg => "ogv",
            Self::Asf => "wmv",
        }
    }

    pub(super) fn arguments(self) -> &'static str {
        match self {
            Self::Mp4 => "-f mp4",
            Self::Mp4Fragments => "-movflags frag_keyframe+empty_moov+default_base_moof -f mp4",
            Self::Mp4IndexFirst => "-movflags faststart -f mp4",
            Self::ThreeGp => "-f 3gp",
            Self::Mov => "-f mov",
            Self::Mkv => "-f matroska",
            Self::Ps => "-f vob",
            Self::Ps1 => "-f mpeg",
            Self::Ts => "-f mpegts",
            Self::M2ts => "-mpegts_m2ts_mode 1 -f mpegts",
            Self::Avi => "-f avi",
            Self::Webm => "-f webm",
            Self::Flv => "-f flv",
            Self::Ogg => "-f ogg",
            Self::Asf => "-f asf",
        }
    }

    /// How far stamps may be off, in nanoseconds.
    pub(crate) fn stamp_tolerance_ns(self) -> i64 {
        match self {
            // whole milliseconds, rounded
            Self::Mkv | Self::Webm | Self::Flv | Self::Asf => 500_000,
            // ticks of 90 kHz
            Self::Ps | Self::Ps1 | Self::Ts | Self::M2ts => 11_200,
            // what reckoning in nanoseconds costs
            Self::Mp4
            | Self::Mp4Fragments
            | Self::Mp4IndexFirst
            | Self::ThreeGp
            | Self::Mov
            | Self::Avi
            | Self::Ogg => 1_000,
        }
    }
}
