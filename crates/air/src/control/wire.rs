//! Wire types into Air's own, with everything checked that a request can get wrong.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use retrovue_kit::clock::{ClockReading, Slew};
use retrovue_pipeline::inspect::{FileStamp, FirstPicture};
use retrovue_pipeline::{Corner, Crawl, Edge, HouseFormat, Logo, Overlays, Page};
use retrovue_proto::v1;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::engine::{Pacing, Refusal, Start};
use crate::plan::{Asset, Content, Plan, Segment};

/// Bytes of a channel's slug: it names threads, log lines and metrics.
const MAX_SLUG: usize = 64;

/// Gains beyond this are a mistake, not loudness.
const MAX_GAIN_DB: f64 = 60.0;

/// Characters of a crawl: some minutes of reading, and a strip of some megabytes.
const MAX_CRAWL: usize = 2000;

/// Lines of a page, its heading apart: a day of a channel, or an evening of a network.
const MAX_LINES: usize = 500;

/// Characters of each, and of the heading: some rows of the picture.
const MAX_LINE: usize = 200;

/// A path as it came over the wire.
pub(super) fn path(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

/// A clock reading.
pub(super) fn clock(reading: v1::ClockReading) -> ClockReading {
    let slew = Slew {
        ppm: reading.slew_ppm,
        from_ns: reading.slew_from_monotonic_ns,
        until_ns: reading.slew_until_monotonic_ns,
    };
    ClockReading { utc: UtcTime::from_nanos(reading.utc_ns), monotonic_ns: reading.monotonic_ns, slew }
}

/// A request to start a channel.
pub(super) fn start(request: v1::StartChannelRequest) -> Result<Start, Refusal> {
    let pacing = match request.pacing() {
        v1::Pacing::Realtime => Pacing::Realtime,
        v1::Pacing::Unpaced => {
            Pacing::Unpaced { start: request.start_frame.map(FrameIndex), limit: request.frame_limit }
        }
        v1::Pacing::Unspecified => return invalid("pacing is missing; say PACING_REALTIME or PACING_UNPACED"),
    };
    if pacing == Pacing::Realtime && request.clock.is_none() {
        return invalid("clock is missing; a channel in real time needs a reading of MasterClock");
    }
    if request.start_frame.is_some_and(|frame| frame < 0) || request.resume_after_frame.is_some_and(|frame| frame < 0) {
        return invalid("frames count from the Unix epoch and are not negative");
    }
    if request.channel.is_empty()
        || request.channel.len() > MAX_SLUG
        || !request.channel.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    {
        return invalid(format!("{:?} is no channel; a slug has 1 to {MAX_SLUG} of a-z 0-9 - _ .", request.channel));
    }
    let Ok(token) = request.token.as_slice().try_into() else {
        return invalid(format!("token has {} bytes; it needs exactly 32", request.token.len()));
    };
    Ok(Start {
        format: format(request.format)?,
        plan: plan(request.plan)?,
        endpoint: request.endpoint.parse()?,
        token,
        clock: request.clock.map(clock),
        resume_after: request.resume_after_frame.map(FrameIndex),
        pacing,
        channel: request.channel,
        channel_name: request.channel_name,
        session_id: request.session_id,
    })
}

/// A plan; one that is missing is refused, one without segments is slate.
pub(super) fn plan(plan: Option<v1::Plan>) -> Result<Plan, Refusal> {
    let Some(plan) = plan else { return invalid("plan is missing") };
    let segments = plan.segments.into_iter().map(segment).collect::<Result<_, _>>()?;
    Ok(Plan::new(plan.generation, segments)?)
}

fn segment(segment: v1::Segment) -> Result<Segment, Refusal> {
    let of = |refusal: Refusal| Refusal::Invalid(format!("segment {}: {refusal}", segment.event_id));
    let logo = segment.logo.map(logo).transpose().map_err(of)?;
    let crawl = segment.crawl.map(crawl).transpose().map_err(of)?;
    let page = segment.page.map(page).transpose().map_err(of)?;
    let content = match (segment.asset, page) {
        (Some(_), Some(_)) => {
            return invalid(format!("segment {} has an asset and a page; send one of them", segment.event_id));
        }
        (None, page) => page.map(Content::Page),
        (Some(asset), None)
            if asset.first_picture.is_some_and(|first| !is_stamp(first.pts_ns) || !is_stamp(first.stream_ns)) =>
        {
            return invalid(format!("segment {} has a first picture that no file has", segment.event_id));
        }
        (Some(asset), None) if !asset.gain_db.is_finite() || asset.gain_db.abs() > MAX_GAIN_DB => {
            return invalid(format!("segment {} has a gain of {} dB", segment.event_id, asset.gain_db));
        }
        (Some(asset), None) => Some(Content::Asset(Asset {
            asset_id: asset.asset_id.into(),
            path: path(asset.path),
            in_offset_frames: asset.in_offset_frames,
            gain_db: asset.gain_db,
            languages: asset.languages,
            first_picture: asset
                .first_picture
                .map(|first| FirstPicture { pts_ns: first.pts_ns, stream_ns: first.stream_ns }),
            inspected: asset.inspected.map(|file| FileStamp { size: file.size, modified_ns: file.modified_ns }),
        })),
    };
    Ok(Segment {
        event_id: segment.event_id.into(),
        start: FrameIndex(segment.start_frame),
        frames: segment.frame_count,
        content,
        kind: segment.kind,
        title: segment.title,
        fade_in: segment.fade_in_frames,
        fade_out: segment.fade_out_frames,
        overlays: Overlays { logo, crawl },
    })
}

/// Within 146 years of zero: sums of two do not overflow.
fn is_stamp(ns: i64) -> bool {
    ns.unsigned_abs() < 1 << 62
}

fn logo(logo: v1::Logo) -> Result<Logo, Refusal> {
    let corner = match logo.corner() {
        v1::Corner::TopLeft => Corner::TopLeft,
        v1::Corner::TopRight => Corner::TopRight,
        v1::Corner::BottomLeft => Corner::BottomLeft,
        v1::Corner::BottomRight => Corner::BottomRight,
        v1::Corner::Unspecified => return invalid("its logo names no corner; say CORNER_TOP_RIGHT or another"),
    };
    Ok(Logo {
        corner,
        margin_permille: permille("its logo's margin", logo.margin_permille, 0..=200)?,
        width_permille: permille("its logo's width", logo.width_permille, 10..=500)?,
        opacity_permille: permille("its logo's opacity", logo.opacity_permille, 1..=1000)?,
        path: path(logo.path),
    })
}

fn crawl(crawl: v1::Crawl) -> Result<Crawl, Refusal> {
    let edge = match crawl.edge() {
        v1::Edge::Top => Edge::Top,
        v1::Edge::Bottom => Edge::Bottom,
        v1::Edge::Unspecified => return invalid("its crawl names no edge; say EDGE_TOP or EDGE_BOTTOM"),
    };
    let length = crawl.text.chars().count();
    if crawl.text.trim().is_empty() || length > MAX_CRAWL {
        return invalid(format!("its crawl has {length} characters; write 1 to {MAX_CRAWL}"));
    }
    Ok(Crawl {
        edge,
        size_permille: permille("its crawl's size", crawl.size_permille, 20..=150)?,
        speed_permille: permille("its crawl's speed", crawl.speed_permille, 10..=1000)?,
        text_rgb: rgb(crawl.text_rgb)?,
        band_rgb: rgb(crawl.band_rgb)?,
        band_opacity_permille: permille("the opacity of its crawl's band", crawl.band_opacity_permille, 0..=1000)?,
        text: crawl.text,
    })
}

fn page(page: v1::Page) -> Result<Page, Refusal> {
    if page.lines.len() > MAX_LINES {
        return invalid(format!("its page has {} lines; write at most {MAX_LINES}", page.lines.len()));
    }
    let longest = page.lines.iter().chain([&page.heading]).map(|line| line.chars().count()).max().unwrap_or(0);
    if longest > MAX_LINE {
        return invalid(format!("its page has a line of {longest} characters; write at most {MAX_LINE}"));
    }
    Ok(Page {
        text_rgb: rgb(page.text_rgb)?,
        ground_rgb: rgb(page.ground_rgb)?,
        heading: page.heading,
        lines: page.lines,
    })
}

fn rgb(colour: u32) -> Result<[u8; 3], Refusal> {
    match colour.to_be_bytes() {
        [0, red, green, blue] => Ok([red, green, blue]),
        _ => invalid(format!("{colour:#x} is no colour; write it as 0xRRGGBB")),
    }
}

fn permille(what: &str, value: u32, range: RangeInclusive<u16>) -> Result<u16, Refusal> {
    match u16::try_from(value) {
        Ok(permille) if range.contains(&permille) => Ok(permille),
        _ => invalid(format!("{what} is {value} thousandths; take {} to {}", range.start(), range.end())),
    }
}

pub(super) fn format(format: Option<v1::HouseFormat>) -> Result<HouseFormat, Refusal> {
    let Some(format) = format else { return invalid("format is missing") };
    let rate = format.frame_rate.unwrap_or_default();
    let Some(frame_rate) = FrameRate::new(rate.num, rate.den).filter(|rate| rate.is_house()) else {
        let rates = FrameRate::HOUSE.map(|rate| rate.to_string()).join(", ");
        return invalid(format!("{}/{} is no house frame rate; take one of {rates}", rate.num, rate.den));
    };
    let even = |pixels: u32| (16..=4096).contains(&pixels) && pixels.is_multiple_of(2);
    if !even(format.width) || !even(format.height) {
        return invalid(format!(
            "{}×{} is no picture size; both sides are even and between 16 and 4096",
            format.width, format.height
        ));
    }
    if !(100..=50_000).contains(&format.video_kbps) || !(32..=512).contains(&format.audio_kbps) {
        return invalid(format!(
            "{} and {} kbit/s are no bit rates; video takes 100 to 50000, audio 32 to 512",
            format.video_kbps, format.audio_kbps
        ));
    }
    Ok(HouseFormat {
        width: format.width,
        height: format.height,
        frame_rate,
        video_kbps: format.video_kbps,
        audio_kbps: format.audio_kbps,
    })
}

fn invalid<T>(sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Invalid(sentence.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> v1::StartChannelRequest {
        v1::StartChannelRequest {
            channel: "retro-1".to_owned(),
            format: Some(v1::HouseFormat {
                width: 640,
                height: 360,
                frame_rate: Some(v1::FrameRate { num: 30000, den: 1001 }),
                video_kbps: 1000,
                audio_kbps: 128,
            }),
            plan: Some(v1::Plan::default()),
            endpoint: "unix:/run/ts.sock".to_owned(),
            token: vec![7; 32],
            pacing: v1::Pacing::Unpaced.into(),
            ..Default::default()
        }
    }

    fn refusal(change: impl FnOnce(&mut v1::StartChannelRequest)) -> String {
        let mut request = request();
        change(&mut request);
        start(request).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_request_is_taken() {
        let start = start(request()).unwrap();
        assert_eq!(start.pacing, Pacing::Unpaced { start: None, limit: None });
        assert_eq!(start.format.frame_rate, FrameRate::HOUSE[3]);
    }

    #[test]
    fn overlays_are_checked() {
        let logo = v1::Logo {
            corner: v1::Corner::TopRight.into(),
            margin_permille: 50,
            width_permille: 80,
            opacity_permille: 600,
            ..Default::default()
        };
        let crawl = v1::Crawl {
            text: "Good evening".to_owned(),
            edge: v1::Edge::Bottom.into(),
            size_permille: 40,
            speed_permille: 120,
            text_rgb: 0x00_ff_ff_ff,
            ..Default::default()
        };
        let refused = |change: &dyn Fn(&mut v1::Logo, &mut v1::Crawl)| {
            let (mut logo, mut crawl) = (logo.clone(), crawl.clone());
            change(&mut logo, &mut crawl);
            let event_id = "event-7".to_owned();
            segment(v1::Segment { event_id, logo: Some(logo), crawl: Some(crawl), ..Default::default() })
                .err()
                .map(|refusal| refusal.to_string())
                .unwrap_or_default()
        };
        assert_eq!(refused(&|_, _| ()), "");
        let names = |sentence: String, what: &str| {
            assert!(sentence.contains("event-7") && sentence.contains(what), "{sentence}");
        };
        names(refused(&|logo, _| logo.corner = 0), "CORNER_TOP_RIGHT");
        names(refused(&|logo, _| logo.width_permille = 501), "width is 501 thousandths; take 10 to 500");
        names(refused(&|logo, _| logo.opacity_permille = 0), "opacity");
        names(refused(&|_, crawl| crawl.edge = 0), "EDGE_BOTTOM");
        names(refused(&|_, crawl| crawl.text = " \n".to_owned()), "2 characters");
        names(refused(&|_, crawl| crawl.text_rgb = 0xff_00_00_00), "0xff000000");
        names(refused(&|_, crawl| crawl.speed_permille = 70_000), "70000");
    }

    #[test]
    fn pages_are_checked() {
        let page = || v1::Page { heading: "Soon".to_owned(), lines: vec!["é".repeat(200); 500], ..Default::default() };
        let refused = |change: &dyn Fn(&mut v1::Segment)| {
            let mut of = v1::Segment { event_id: "event-7".to_owned(), page: Some(page()), ..Default::default() };
            change(&mut of);
            segment(of).err().map(|refusal| refusal.to_string()).unwrap_or_default()
        };
        let refused_page = |change: fn(&mut v1::Page)| refused(&|segment| segment.page.iter_mut().for_each(change));
        assert_eq!(refused(&|_| ()), "");
        assert_eq!(refused(&|segment| segment.page = Some(v1::Page::default())), "");
        let both = refused(&|segment| segment.asset = Some(v1::Asset::default()));
        assert_eq!(both, "segment event-7 has an asset and a page; send one of them");
        let names = |sentence: String, what: &str| {
            assert!(sentence.contains("event-7") && sentence.contains(what), "{sentence}");
        };
        names(refused_page(|page| page.lines.push(String::new())), "501 lines; write at most 500");
        names(refused_page(|page| page.lines[7].push('x')), "201 characters; write at most 200");
        names(refused_page(|page| page.heading = "x".repeat(300)), "300 characters");
        names(refused_page(|page| page.text_rgb = 1 << 24), "0x1000000 is no colour");
        names(refused_page(|page| page.ground_rgb = u32::MAX), "0xffffffff is no colour");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let names = |sentence: String, what: &str| assert!(sentence.contains(what), "{sentence}");
        names(refusal(|r| r.token = vec![1; 31]), "31 bytes");
        names(refusal(|r| r.channel = "a b".to_owned()), "a b");
        names(refusal(|r| r.endpoint = "file:/x".to_owned()), "file:/x");
        names(refusal(|r| r.pacing = 0), "pacing");
        names(refusal(|r| r.pacing = v1::Pacing::Realtime.into()), "clock");
        names(refusal(|r| r.plan = None), "plan");
        names(refusal(|r| r.format = None), "format");
        names(refusal(|r| r.format.as_mut().unwrap().width = 641), "641×360");
        names(refusal(|r| r.format.as_mut().unwrap().frame_rate = None), "0/0");
        names(refusal(|r| r.format.as_mut().unwrap().video_kbps = 0), "bit rates");
        names(refusal(|r| r.start_frame = Some(-1)), "negative");
    }
}
