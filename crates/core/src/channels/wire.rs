//! Plans and formats as the playout protocol writes them.

use std::os::unix::ffi::OsStrExt;

use retrovue_kit::clock::ClockReading;
use retrovue_proto::v1;
use retrovue_schedule::Kind;
use retrovue_schedule::plan::{Corner, Crawl, Edge, ProgramFormat};

use super::source::{ChannelPlan, PlannedAsset, PlannedBranding, PlannedLogo, PlannedPage, PlannedSegment};

/// `plan` as generation `generation`.
pub(super) fn plan(generation: u64, plan: &ChannelPlan) -> v1::Plan {
    v1::Plan { generation, segments: plan.segments.iter().map(|planned| segment(planned, &plan.branding)).collect() }
}

fn segment(segment: &PlannedSegment, branding: &PlannedBranding) -> v1::Segment {
    let branded = segment.asset.is_some() && segment.kind == Kind::Programme;
    v1::Segment {
        event_id: segment.event_id.clone(),
        start_frame: segment.start_frame.0,
        frame_count: segment.frame_count,
        asset: segment.asset.as_ref().map(asset),
        kind: segment.kind.word().to_owned(),
        title: segment.title.clone(),
        logo: branding.logo.as_ref().filter(|_| branded).map(logo),
        crawl: match &segment.notice {
            Some(text) => Some(notice(text)),
            None => branding.crawl.as_ref().filter(|_| branded).map(crawl),
        },
        page: segment.page.as_ref().map(page),
        fade_in_frames: segment.fade_in_frames,
        fade_out_frames: segment.fade_out_frames,
    }
}

/// A logo as stations have it: as wide as a hand is at arm's length, clear of the edges that screens cut off (EBU R 95).
fn logo(logo: &PlannedLogo) -> v1::Logo {
    let corner = match logo.at {
        Corner::TopLeft => v1::Corner::TopLeft,
        Corner::TopRight => v1::Corner::TopRight,
        Corner::BottomLeft => v1::Corner::BottomLeft,
        Corner::BottomRight => v1::Corner::BottomRight,
    };
    v1::Logo {
        path: logo.path.as_os_str().as_bytes().to_vec(),
        corner: corner.into(),
        margin_permille: 50,
        width_permille: 90,
        opacity_permille: (logo.opacity * 1000.0).round() as u32,
    }
}

/// A crawl that is read with ease: about ten letters a second, light on a dark band.
fn crawl(crawl: &Crawl) -> v1::Crawl {
    let edge = match crawl.at {
        Edge::Top => v1::Edge::Top,
        Edge::Bottom => v1::Edge::Bottom,
    };
    v1::Crawl {
        text: crawl.text.clone(),
        edge: edge.into(),
        size_permille: 42,
        speed_permille: 110,
        text_rgb: 0x00f4_f4f4,
        band_rgb: 0x0010_101c,
        band_opacity_permille: 650,
    }
}

/// A crawl that nobody overlooks: a red band along the top, where no programme has its own.
fn notice(text: &str) -> v1::Crawl {
    v1::Crawl {
        text: text.to_owned(),
        edge: v1::Edge::Top.into(),
        size_permille: 55,
        speed_permille: 120,
        text_rgb: 0x00ff_ffff,
        band_rgb: 0x00a0_1010,
        band_opacity_permille: 900,
    }
}

fn page(page: &PlannedPage) -> v1::Page {
    v1::Page {
        heading: page.heading.clone(),
        lines: page.lines.clone(),
        text_rgb: 0x00f4_f4f4,
        ground_rgb: 0x0012_1c3a,
    }
}

fn asset(asset: &PlannedAsset) -> v1::Asset {
    v1::Asset {
        asset_id: asset.asset_id.clone(),
        path: asset.path.as_os_str().as_bytes().to_vec(),
        in_offset_frames: asset.in_offset_frames,
        gain_db: asset.gain_db,
        languages: asset.languages.clone(),
        first_picture: asset
            .first_picture
            .map(|first| v1::FirstPicture { pts_ns: first.pts_ns, stream_ns: first.stream_ns }),
        inspected: Some(v1::FileStamp { size: asset.size, modified_ns: asset.mtime_ns }),
    }
}

pub(super) fn format(format: &ProgramFormat) -> v1::HouseFormat {
    let rate = v1::FrameRate { num: format.frame_rate.num(), den: format.frame_rate.den() };
    v1::HouseFormat {
        width: format.width,
        height: format.height,
        frame_rate: Some(rate),
        video_kbps: format.video_kbps,
        audio_kbps: format.audio_kbps,
    }
}

pub(super) fn clock(reading: ClockReading) -> v1::ClockReading {
    v1::ClockReading {
        utc_ns: reading.utc.nanos(),
        monotonic_ns: reading.monotonic_ns,
        slew_ppm: reading.slew.ppm,
        slew_from_monotonic_ns: reading.slew.from_ns,
        slew_until_monotonic_ns: reading.slew.until_ns,
    }
}

#[cfg(test)]
mod tests {
    use retrovue_timeline::FrameIndex;

    use super::*;

    #[test]
    fn branding_lies_over_programmes_alone() {
        let branding = PlannedBranding {
            logo: Some(PlannedLogo { path: "/logo.png".into(), at: Corner::TopRight, opacity: 0.6 }),
            crawl: Some(Crawl { text: "Hello".to_owned(), at: Edge::Bottom }),
        };
        let asset = PlannedAsset {
            asset_id: "a".to_owned(),
            path: "/a.mkv".into(),
            in_offset_frames: 0,
            gain_db: 0.0,
            languages: Vec::new(),
            first_picture: None,
            size: 0,
            mtime_ns: 0,
        };
        let branded = |kind: Kind, asset: Option<&PlannedAsset>| {
            let planned = PlannedSegment {
                event_id: "e".to_owned(),
                start_frame: FrameIndex(7),
                frame_count: 5,
                kind,
                title: String::new(),
                fade_in_frames: 0,
                fade_out_frames: 0,
                asset: asset.cloned(),
                page: None,
                notice: None,
            };
            let segment = segment(&planned, &branding);
            (segment.logo.map(|logo| logo.opacity_permille), segment.crawl.map(|crawl| crawl.text))
        };
        assert_eq!(branded(Kind::Programme, Some(&asset)), (Some(600), Some("Hello".to_owned())));
        for kind in [Kind::Commercial, Kind::Promo, Kind::StationId, Kind::Filler] {
            assert_eq!(branded(kind, Some(&asset)), (None, None), "{kind:?}");
        }
        assert_eq!(branded(Kind::Slate, None), (None, None));
    }
}
