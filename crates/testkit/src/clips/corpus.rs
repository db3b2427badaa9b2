//! A small library as homes have it: no two clips alike.

use super::{AudioCodec, Clip, Container, VideoCodec};

/// Ten clips of six to eight seconds whose ids are 1 to 10: every container, codec and rate that a first channel meets.
pub fn mixed() -> Vec<Clip> {
    vec![
        Clip::new(1).lasting(8),
        Clip::new(2).coded(VideoCodec::H264, Container::Mkv).at(24000, 1001).sounding(AudioCodec::Ac3, 6).lasting(8),
        Clip::new(3)
            .coded(VideoCodec::Mpeg2, Container::Ps)
            .at(30000, 1001)
            .sized(352, 240)
            .sounding(AudioCodec::Mp2, 2)
            .lasting(8),
        Clip::new(4).coded(VideoCodec::H264, Container::Ts).starting_at(37).lasting(6),
        Clip::new(5)
            .coded(VideoCodec::Mpeg4, Container::Avi)
            .at(30, 1)
            .sized(320, 240)
            .sounding(AudioCodec::Mp3, 2)
            .lasting(6),
        Clip::new(6).coded(VideoCodec::Vp8, Container::Webm).at(50, 1).sounding(AudioCodec::Vorbis, 2).lasting(6),
        Clip::new(7).coded(VideoCodec::Hevc, Container::Mp4).at(24, 1).sized(480, 200).lasting(6),
        Clip::new(8).at(60, 1).sized(640, 360).lasting(6),
        Clip::new(9).silent().at(30000, 1001).lasting(6),
        Clip::new(10)
            .coded(VideoCodec::Vp9, Container::Webm)
            .at(60000, 1001)
            .sized(180, 320)
            .sounding(AudioCodec::Opus, 1)
            .lasting(6),
    ]
}
