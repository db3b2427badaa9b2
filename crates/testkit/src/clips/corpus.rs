//! Libraries as homes have them: no two clips alike.

use super::AudioCodec::{self, Aac, Ac3, Alac, Dts, Eac3, Flac, Mp2, Mp3, Opus, Pcm, Pcm8, Pcm24, PcmBig, Vorbis, Wma};
use super::Container::{self, Asf, Avi, Flv, M2ts, Mkv, Mov, Mp4, Ogg, Ps, Ts, Webm};
use super::VideoCodec::{self, H264, Hevc, Mpeg2, Mpeg4, Vp8, Vp9};
use super::{Clip, Extra, Pace, Scan, Sound, Treatment};

/// Ten clips of six to eight seconds whose ids are 1 to 10: every container, codec and rate that a first channel meets.
pub fn mixed() -> Vec<Clip> {
    vec![
        Clip::new(1).lasting(8),
        Clip::new(2).coded(H264, Mkv).at(24000, 1001).sounding(Ac3, 6).lasting(8),
        Clip::new(3).coded(Mpeg2, Ps).at(30000, 1001).sized(352, 240).sounding(Mp2, 2).lasting(8),
        Clip::new(4).coded(H264, Ts).starting_at(37).lasting(6),
        Clip::new(5).coded(Mpeg4, Avi).at(30, 1).sized(320, 240).sounding(Mp3, 2).lasting(6),
        Clip::new(6).coded(Vp8, Webm).at(50, 1).sounding(Vorbis, 2).lasting(6),
        Clip::new(7).coded(Hevc, Mp4).at(24, 1).sized(480, 200).lasting(6),
        Clip::new(8).at(60, 1).sized(640, 360).lasting(6),
        Clip::new(9).silent().at(30000, 1001).lasting(6),
        Clip::new(10).coded(Vp9, Webm).at(60000, 1001).sized(180, 320).sounding(Opus, 1).lasting(6),
    ]
}

/// What is right for a file of the corpus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plays {
    /// All of it.
    Whole,
    /// All of it, with a remark of this code.
    Remarked(&'static str),
    /// All of its pictures, but none of its sound.
    WithoutSound,
    /// From its start as far as it goes; then slate, for a reason with this code.
    AsFarAsItGoes(&'static str),
    /// All of it but for some pictures around the damage, in percent of its length.
    Around(u8, u8),
    /// Nothing of it, for a reason with this code.
    Never(&'static str),
}

/// A file of the corpus.
#[derive(Clone, Copy, Debug)]
pub struct Specimen {
    /// What is special about it.
    pub what: &'static str,
    /// The file.
    pub clip: Clip,
    /// What is right for it.
    pub plays: Plays,
}

/// Files of all kinds that libraries hold, broken ones too. Their clips' ids are their places.
pub fn corpus() -> Vec<Specimen> {
    let kinds = [coded(), sounding(), paced(), shaped(), arranged(), broken()];
    let mut all: Vec<Specimen> = kinds.into_iter().flatten().collect();
    for (id, specimen) in (0..=u8::MAX).zip(&mut all) {
        specimen.clip.id = id;
    }
    all
}

fn good(what: &'static str, clip: Clip) -> Specimen {
    Specimen { what, clip, plays: Plays::Whole }
}

/// Six seconds: long enough for beeps at the start and after a seek.
fn clip(video: VideoCodec, container: Container, codec: AudioCodec, channels: u8) -> Clip {
    Clip::new(0).coded(video, container).sounding(codec, channels).lasting(6)
}

fn wide(clip: Clip, wide: u32, high: u32) -> Clip {
    Clip { pixel_aspect: (wide, high), ..clip }
}

/// Codecs of pictures, each in the containers that it is found in.
fn coded() -> Vec<Specimen> {
    use VideoCodec::{
        Av1, Av1TenBit, Dv, Ffv1, Flv as Spark, H263, H264FourFourFour, H264FourTwoTwo, H264OpenGop, H264TenBit,
        HevcTenBit, Mjpeg, Mpeg1, Mpeg2FourTwoTwo, Mpeg4BFrames, ProRes, Theora, Wmv,
    };
    vec![
        good("H.264 in MP4", clip(H264, Mp4, Aac, 2)),
        good("H.264 in Matroska", clip(H264, Mkv, Ac3, 6).at(24000, 1001)),
        good("H.264 in QuickTime", clip(H264, Mov, Pcm, 2).at(30, 1)),
        good("H.264 in a transport stream", clip(H264, Ts, Aac, 2)),
        good("H.264 on a Blu-ray", clip(H264, M2ts, Ac3, 6).at(24000, 1001)),
        good("H.264 in Flash video", clip(H264, Flv, Aac, 2).at(30, 1)),
        good("H.264 in open GOPs", clip(H264OpenGop, Mkv, Aac, 2).at(24, 1)),
        good("H.264 in open GOPs in MP4", clip(H264OpenGop, Mp4, Aac, 2).at(24, 1)),
        good("H.264 in open GOPs in a transport stream", clip(H264OpenGop, Ts, Ac3, 2).at(24000, 1001)),
        good("H.264 of 10 bits", clip(H264TenBit, Mkv, Flac, 2).at(24000, 1001)),
        good("H.264 4:2:2 of 10 bits", clip(H264FourTwoTwo, Mov, Pcm24, 2).at(30000, 1001)),
        good("H.264 4:4:4", clip(H264FourFourFour, Mp4, Aac, 2)),
        good("HEVC in MP4", clip(Hevc, Mp4, Aac, 2).at(24, 1)),
        good("HEVC in a transport stream", clip(Hevc, Ts, Eac3, 6).at(50, 1)),
        good("HEVC of 10 bits in Matroska", clip(HevcTenBit, Mkv, Eac3, 6).at(24000, 1001)),
        good("MPEG-2 in a program stream", clip(Mpeg2, Ps, Mp2, 2).at(30000, 1001)),
        good("MPEG-2 in a program stream, PAL", clip(Mpeg2, Ps, Ac3, 6)),
        good("MPEG-2 in a transport stream", clip(Mpeg2, Ts, Mp2, 2).at(30000, 1001)),
        good("MPEG-2 in Matroska", clip(Mpeg2, Mkv, Ac3, 2).at(30000, 1001)),
        good("MPEG-2 4:2:2", clip(Mpeg2FourTwoTwo, Ts, Mp2, 2)),
        good("MPEG-1", clip(Mpeg1, Container::Ps1, Mp2, 2)),
        good("MPEG-4 part 2 in AVI", clip(Mpeg4, Avi, Mp3, 2).at(30, 1)),
        good("MPEG-4 part 2 with B-frames in AVI", clip(Mpeg4BFrames, Avi, Mp3, 2).at(24000, 1001)),
        good("MPEG-4 part 2 with B-frames in MP4", clip(Mpeg4BFrames, Mp4, Aac, 2)),
        good("VP8 in WebM", clip(Vp8, Webm, Vorbis, 2).at(50, 1)),
        good("VP9 in WebM", clip(Vp9, Webm, Opus, 2).at(60000, 1001)),
        good("AV1 in MP4", clip(Av1, Mp4, Aac, 2)),
        good("AV1 in WebM", clip(Av1, Webm, Opus, 2).at(24, 1)),
        good("AV1 of 10 bits in Matroska", clip(Av1TenBit, Mkv, Opus, 6)),
        good("Theora in Ogg", clip(Theora, Ogg, Vorbis, 2)),
        good("motion JPEG in AVI", clip(Mjpeg, Avi, Pcm, 2)),
        good("motion JPEG in QuickTime", clip(Mjpeg, Mov, Pcm, 2).at(30, 1)),
        good("ProRes", clip(ProRes, Mov, Pcm24, 2)),
        good("DV in AVI", wide(clip(Dv, Avi, Pcm, 2).sized(720, 576), 16, 15)),
        good("Sorenson Spark", clip(Spark, Flv, Mp3, 2).sampled(44_100)),
        good("H.263 from an old telephone", {
            wide(clip(H263, Container::ThreeGp, Aac, 1).sized(352, 288).sampled(22_050), 12, 11)
        }),
        good("Windows Media", clip(Wmv, Asf, Wma, 2).sampled(44_100)),
        good("FFV1", clip(Ffv1, Mkv, Flac, 2)),
    ]
}

/// Codecs, layouts and rates of sound.
fn sounding() -> Vec<Specimen> {
    vec![
        good("AAC, mono, 44.1 kHz", clip(H264, Mp4, Aac, 1).sampled(44_100)),
        good("AAC 5.1", clip(H264, Mp4, Aac, 6)),
        good("AAC 7.1", clip(H264, Mp4, Aac, 8)),
        good("AAC 22.05 kHz", clip(H264, Mkv, Aac, 2).sampled(22_050)),
        good("AC-3 in MP4", clip(H264, Mp4, Ac3, 6)),
        good("E-AC-3 in MP4", clip(H264, Mp4, Eac3, 6)),
        good("DTS 5.1", clip(H264, Mkv, Dts, 6).at(24000, 1001)),
        Specimen {
            what: "DTS on a Blu-ray, whose stream type GStreamer 1.22 does not know",
            clip: clip(H264, M2ts, Dts, 2),
            plays: Plays::WithoutSound,
        },
        good("MP3 in Matroska, mono, 22.05 kHz", clip(H264, Mkv, Mp3, 1).sampled(22_050)),
        good("MP3 in MP4, 44.1 kHz", clip(H264, Mp4, Mp3, 2).sampled(44_100)),
        good("FLAC 7.1", clip(H264, Mkv, Flac, 8)),
        good("Opus 5.1", clip(Vp9, Webm, Opus, 6)),
        good("Vorbis 5.1, 44.1 kHz", clip(H264, Mkv, Vorbis, 6).sampled(44_100)),
        good("ALAC 44.1 kHz", clip(H264, Mov, Alac, 2).sampled(44_100)),
        good("PCM 7.1 of 24 bits", clip(H264, Mkv, Pcm24, 8)),
        good("PCM of 8 bits, 11.025 kHz", clip(Mpeg4, Avi, Pcm8, 1).sampled(11_025)),
        good("PCM, most significant byte first", clip(H264, Mov, PcmBig, 2).sampled(44_100)),
        good("no sound", clip(H264, Mp4, Aac, 2).silent()),
        good("sound that ends early", {
            let sound = Sound { only_seconds: Some(2), ..Sound::STEREO };
            Clip { sound: Some(sound), ..clip(H264, Mp4, Aac, 2) }
        }),
    ]
}

/// Rates, even and uneven, fields and film.
fn paced() -> Vec<Specimen> {
    use VideoCodec::{H264TenBit, HevcTenBit};
    let phone = |container| Clip { pace: Pace::Phone, ..clip(H264, container, Aac, 2).at(200, 7) };
    let film = |video, container, scan| {
        let clip = clip(video, container, Ac3, 2).at(24000, 1001).scanned(scan);
        Clip { pace: Pace::Pulldown, ..clip }
    };
    let fields = |video, container, scan| clip(video, container, Ac3, 2).scanned(scan);
    use Scan::{BottomFieldFirst, RepeatedFields, Telecined, TopFieldFirst};
    vec![
        good("59.94 pictures a second", clip(H264, Mp4, Aac, 2).at(60000, 1001)),
        good("60 pictures a second", clip(H264, Mkv, Aac, 2).at(60, 1)),
        good("50 pictures a second", clip(H264, Ts, Aac, 2).at(50, 1)),
        good("15 pictures a second", clip(H264, Mp4, Aac, 2).at(15, 1)),
        good("a phone's uneven pictures in MP4", phone(Mp4)),
        good("a phone's uneven pictures in Matroska", phone(Mkv)),
        good("interlaced H.264", fields(H264, Mp4, TopFieldFirst).at(50, 1)),
        good("interlaced H.264, bottom field first", fields(H264, Mkv, BottomFieldFirst).at(60000, 1001)),
        good("interlaced H.264 of 10 bits", fields(H264TenBit, Mkv, TopFieldFirst).at(50, 1)),
        good("interlaced H.264 in a transport stream", fields(H264, Ts, TopFieldFirst).at(50, 1)),
        good("interlaced MPEG-2", fields(Mpeg2, Ts, TopFieldFirst).at(60000, 1001)),
        good("interlaced MPEG-2, bottom field first", fields(Mpeg2, Ps, BottomFieldFirst).at(50, 1)),
        good("telecined MPEG-2", film(Mpeg2, Ps, Telecined)),
        good("telecined H.264", film(H264, Mkv, Telecined)),
        good("film with pulldown flags", {
            Clip { key_seconds: Some(1), ..film(VideoCodec::Mpeg2NoBFrames, Ps, RepeatedFields) }
                .treated(Treatment::PulledDown)
        }),
        Specimen {
            what: "HDR",
            clip: clip(VideoCodec::HevcHdr, Mkv, Aac, 2),
            plays: Plays::Remarked("tones_unmapped"),
        },
        good("HEVC of 10 bits, 59.94 pictures a second", clip(HevcTenBit, Mp4, Aac, 2).at(60000, 1001)),
    ]
}

/// Sizes, pixels and orientations.
fn shaped() -> Vec<Specimen> {
    let turned = |container, degrees| clip(H264, container, Aac, 2).treated(Treatment::Turned(degrees));
    vec![
        good("PAL, wide", wide(clip(Mpeg2, Ps, Mp2, 2).sized(720, 576), 64, 45)),
        good("NTSC, narrow", wide(clip(Mpeg2, Ts, Mp2, 2).sized(720, 480).at(30000, 1001), 8, 9)),
        good("wide pixels in MP4", wide(clip(H264, Mp4, Aac, 2).sized(240, 180), 4, 3)),
        good("high pixels in Matroska", wide(clip(H264, Mkv, Aac, 2), 1, 2)),
        good("turned by a quarter", turned(Mp4, 90)),
        good("turned by a half", turned(Mov, 180)),
        good("turned by three quarters", turned(Mp4, 270)),
        good("portrait", clip(H264, Mp4, Aac, 2).sized(180, 320)),
        good("odd size", clip(Vp9, Webm, Opus, 1).sized(319, 179)),
        good("odd size in H.264", clip(VideoCodec::H264FourFourFour, Mkv, Aac, 2).sized(319, 179)),
        good("small", clip(H264, Mp4, Aac, 2).sized(96, 72)),
        good("1080p", clip(H264, Mp4, Aac, 2).sized(1920, 1080).at(24000, 1001)),
        good("1080p, HEVC of 10 bits", clip(VideoCodec::HevcTenBit, Mkv, Aac, 2).sized(1920, 1080).at(24, 1)),
    ]
}

/// Streams and stamps.
fn arranged() -> Vec<Specimen> {
    let rare_keys = |clip: Clip| Clip { key_seconds: Some(10), ..clip.lasting(24) };
    let with = |container, extras| clip(H264, container, Aac, 2).with(extras);
    vec![
        good("several languages in Matroska", with(Mkv, &[Extra::OtherLanguages])),
        good("several languages in MP4", with(Mp4, &[Extra::OtherLanguages])),
        good("several languages in a transport stream", with(Ts, &[Extra::OtherLanguages])),
        good("a cover before the pictures in Matroska", with(Mkv, &[]).treated(Treatment::Covered)),
        good("a cover before the pictures in MP4", with(Mp4, &[]).treated(Treatment::Covered)),
        good("subtitles and a font", with(Mkv, &[Extra::Subtitles, Extra::Attachment])),
        good("subtitles in MP4", with(Mp4, &[Extra::Subtitles])),
        good("index first", with(Container::Mp4IndexFirst, &[])),
        good("fragments", with(Container::Mp4Fragments, &[])),
        good("stamps from 37 s on in a transport stream", with(Ts, &[]).starting_at(37)),
        good("stamps from 37 s on in Matroska", with(Mkv, &[]).starting_at(37)),
        good("an empty edit at the start", with(Mp4, &[]).starting_at(3)),
        good("cut within a GOP by an edit list", with(Mp4, &[]).treated(Treatment::TrimmedFrom(1_280)).lasting(8)),
        good("keyframes 10 s apart in MP4", rare_keys(with(Mp4, &[]))),
        good("keyframes 10 s apart in Matroska", rare_keys(with(Mkv, &[]))),
        good("keyframes 10 s apart in a transport stream", rare_keys(with(Ts, &[]))),
        good("size and channels that change", clip(H264, Ts, Ac3, 2).treated(Treatment::Resized)),
    ]
}

/// What cannot be played, or not all of it.
fn broken() -> Vec<Specimen> {
    let is = |what, container, treatment, plays| {
        let clip = Clip { key_seconds: Some(1), ..clip(H264, container, Aac, 2) }.treated(treatment);
        Specimen { what, clip, plays }
    };
    use Plays::{Around, AsFarAsItGoes, Never};
    vec![
        is("truncated Matroska", Mkv, Treatment::Truncated(60), AsFarAsItGoes("ended_early")),
        is("truncated transport stream", Ts, Treatment::Truncated(60), AsFarAsItGoes("ended_early")),
        is(
            "truncated MP4 with its index",
            Container::Mp4IndexFirst,
            Treatment::Truncated(60),
            AsFarAsItGoes("ended_early"),
        ),
        is("truncated fragments", Container::Mp4Fragments, Treatment::Truncated(60), AsFarAsItGoes("ended_early")),
        Specimen {
            what: "truncated AVI",
            clip: clip(Mpeg4, Avi, Mp3, 2).treated(Treatment::Truncated(60)),
            plays: AsFarAsItGoes("ended_early"),
        },
        is("truncated MP4 without its index", Mp4, Treatment::Truncated(60), Never("not_media")),
        is("zero bytes", Mp4, Treatment::HeaderOnly(0), Never("not_media")),
        is("text", Mp4, Treatment::Text, Never("not_media")),
        is("the header of an MP4", Mp4, Treatment::HeaderOnly(32), Never("not_media")),
        is("the header of a Matroska", Mkv, Treatment::HeaderOnly(300), Never("not_media")),
        is("noise", Mp4, Treatment::Garbled(0, 100), Never("not_media")),
        // the demuxer of GStreamer 1.22 reckons anew after it, some pictures off
        is("noise in the middle of a transport stream", Ts, Treatment::Garbled(40, 50), Around(40, 100)),
        is("noise in the middle of a Matroska", Mkv, Treatment::Garbled(40, 50), Around(40, 50)),
        is("a codec that nobody knows", Mkv, Treatment::UnknownCodec, Never("decode_failed")),
        Specimen {
            what: "DNxHR, which GStreamer 1.22 finds no name for",
            clip: clip(VideoCodec::DnxHr, Mov, Pcm24, 2),
            plays: Never("decode_failed"),
        },
        is("no pictures", Mp4, Treatment::SoundOnly, Never("no_video")),
    ]
}
