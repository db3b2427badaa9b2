//! When pictures begin whose container does not say it.
//!
//! MPEG-1 and MPEG-2: a program stream stamps packets, and of several pictures in one packet only the first has a stamp; DVDs stamp one
//! picture in a GOP. The decoders of GStreamer 1.22 guess the others up to two pictures wrong. They need not be
//! guessed: each picture carries its place within its GOP (`temporal_reference`, ISO/IEC 13818-2, 6.3.9), and the
//! parser knows how long each lasts.
//!
//! H.264 in AVI: its demuxer stamps what it takes for keyframes by their place in the file, which is that of coding. Only
//! at an IDR picture the order of display is the same. The decoder finds the others' places, where they have no stamp.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

use super::slice::Slice;

/// Stamps what leaves `parser`, where it lacks stamps. In a program stream (`packed`) those of some packets are all there
/// are.
pub(super) fn complete(parser: &gst::Element, packed: bool) {
    let Some(pad) = parser.static_pad("src") else { return };
    let stamps = Mutex::new(Stamps::default());
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_FLUSH;
    pad.add_probe(kinds, move |_, info| {
        let mut stamps = stamps.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => stamp(&mut stamps, buffer),
            _ => *stamps = Stamps { sought: packed, ..Stamps::default() },
        }
        gst::PadProbeReturn::Ok
    });
}

/// Units before which an intra picture is expected: more than most GOPs have.
const MOST_PASSED_OVER: u32 = 600;

/// Takes from H.264 that reaches `decoder` the stamps that tell when it is coded rather than when it is shown, and what
/// comes before the first picture that can be decoded: without an index, the demuxer takes each for a keyframe.
pub(super) fn forget_coded(decoder: &gst::Element) {
    let Some(sink) = decoder.static_pad("sink") else { return };
    let (entered, passed_over) = (AtomicBool::new(false), AtomicU32::new(0));
    sink.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_FLUSH, move |pad, info| {
        let Some(gst::PadProbeData::Buffer(unit)) = &mut info.data else {
            entered.store(false, Ordering::Relaxed);
            passed_over.store(0, Ordering::Relaxed);
            return gst::PadProbeReturn::Ok;
        };
        let Some(slice) = Slice::first_of(unit, pad) else { return gst::PadProbeReturn::Ok };
        if entered.load(Ordering::Relaxed) && !slice.is_idr {
            unit.make_mut().set_pts(None);
        }
        // a stream that is refreshed bit by bit has no such picture
        let may_enter = slice.is_intra || passed_over.fetch_add(1, Ordering::Relaxed) >= MOST_PASSED_OVER;
        if entered.fetch_or(may_enter, Ordering::Relaxed) || may_enter {
            return gst::PadProbeReturn::Ok;
        }
        drop(info.data.take());
        gst::PadProbeReturn::Handled
    });
}

fn stamp(stamps: &mut Stamps, buffer: &mut gst::Buffer) {
    let nanos = |time: gst::ClockTime| i64::try_from(time.nseconds()).ok();
    let duration_ns = buffer.duration().and_then(nanos);
    let place = buffer.map_readable().ok().and_then(|map| Place::read(&map));
    let (Some(place), Some(duration_ns)) = (place, duration_ns) else { return };
    if buffer.flags().contains(gst::BufferFlags::DISCONT) {
        *stamps = Stamps { sought: stamps.sought, ..Stamps::default() };
    }
    let start_ns = stamps.picture(place, buffer.pts().and_then(nanos), duration_ns);
    if buffer.pts().is_none() {
        let start = start_ns.and_then(|start_ns| u64::try_from(start_ns).ok()).map(gst::ClockTime::from_nseconds);
        // a decoder would take it for the picture that was sought: as one from long before, it is decoded and not shown
        let start = start.or_else(|| stamps.sought.then_some(gst::ClockTime::ZERO));
        buffer.make_mut().set_pts(start);
    }
}

/// Where a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// A GOP begins with it.
    opens_gop: bool,
    /// Its place within the GOP, in order of display.
    temporal_reference: i64,
}

impl Place {
    /// Reads the headers of a coded picture.
    fn read(unit: &[u8]) -> Option<Self> {
        let mut opens_gop = false;
        for (at, code) in unit.windows(4).enumerate() {
            match code {
                // group_start_code
                [0, 0, 1, 0xB8] => opens_gop = true,
                // picture_start_code
                [0, 0, 1, 0x00] => {
                    let (high, low) = (i64::from(*unit.get(at + 4)?), i64::from(*unit.get(at + 5)?));
                    return Some(Self { opens_gop, temporal_reference: high << 2 | low >> 6 });
                }
                _ => {}
            }
        }
        None
    }
}

/// The pictures of a GOP, as far as they are known.
#[derive(Default)]
struct Stamps {
    known: Vec<Known>,
    /// Where the GOP before ends, if that is known.
    begin_ns: Option<i64>,
    /// A program stream is read from a place that was sought.
    sought: bool,
}

#[derive(Clone, Copy)]
struct Known {
    temporal_reference: i64,
    start_ns: i64,
    duration_ns: i64,
}

impl Stamps {
    /// When the next picture in coded order begins, in nanoseconds: `stamp_ns` where it has one.
    fn picture(&mut self, place: Place, stamp_ns: Option<i64>, duration_ns: i64) -> Option<i64> {
        if place.opens_gop {
            self.begin_ns = self.known.iter().map(|known| known.start_ns + known.duration_ns).max();
            self.known.clear();
        }
        let temporal_reference = place.temporal_reference;
        let start_ns = stamp_ns.or_else(|| self.reckon(temporal_reference, duration_ns))?;
        self.known.push(Known { temporal_reference, start_ns, duration_ns });
        Some(start_ns)
    }

    fn reckon(&self, temporal_reference: i64, duration_ns: i64) -> Option<i64> {
        let before = self.known.iter().filter(|known| known.temporal_reference < temporal_reference);
        match before.max_by_key(|known| known.temporal_reference) {
            Some(known) => {
                let between = temporal_reference - known.temporal_reference - 1;
                // those between last as long on average: with pulldown, two that follow each other do
                let mean_ns = (known.duration_ns + duration_ns) / 2;
                Some(known.start_ns + known.duration_ns + between * mean_ns)
            }
            None => Some(self.begin_ns? + temporal_reference * duration_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 40;

    /// Each picture as (opens a GOP, temporal reference, stamp, duration); gives where they begin.
    fn starts(pictures: &[(bool, i64, Option<i64>, i64)]) -> Vec<Option<i64>> {
        let mut stamps = Stamps::default();
        pictures
            .iter()
            .map(|(opens_gop, temporal_reference, stamp, duration)| {
                let place = Place { opens_gop: *opens_gop, temporal_reference: *temporal_reference };
                stamps.picture(place, *stamp, *duration)
            })
            .collect()
    }

    #[test]
    fn a_stamp_for_each_packet_is_enough() {
        let coded = [(true, 0, Some(1000), FRAME), (false, 3, None, FRAME), (false, 1, None, FRAME)];
        assert_eq!(starts(&coded), [Some(1000), Some(1120), Some(1040)]);
        let next =
            [(true, 0, Some(0), FRAME), (true, 2, None, FRAME), (false, 0, None, FRAME), (false, 1, None, FRAME)];
        assert_eq!(starts(&next), [Some(0), Some(120), Some(40), Some(80)]);
    }

    #[test]
    fn pictures_of_two_and_three_fields_follow_each_other() {
        let coded = [(true, 0, Some(0), 2), (false, 1, None, 3), (false, 2, None, 2), (false, 3, None, 3)];
        assert_eq!(starts(&coded), [Some(0), Some(2), Some(5), Some(7)]);
        let reordered = [(true, 0, Some(0), 2), (false, 3, None, 3), (false, 1, None, 3), (false, 2, None, 2)];
        assert_eq!(starts(&reordered), [Some(0), Some(6), Some(2), Some(5)]);
    }

    #[test]
    fn before_the_first_stamp_nothing_is_known() {
        assert_eq!(starts(&[(false, 4, None, FRAME), (false, 5, Some(7), FRAME)]), [None, Some(7)]);
    }

    #[test]
    fn headers_say_where_a_picture_belongs() {
        let unit = [0, 0, 1, 0xB8, 0, 8, 0, 0x40, 0, 0, 1, 0, 0x01, 0x48, 0xFF];
        assert_eq!(Place::read(&unit), Some(Place { opens_gop: true, temporal_reference: 5 }));
        assert_eq!(Place::read(&unit[8..]), Some(Place { opens_gop: false, temporal_reference: 5 }));
        assert_eq!(Place::read(&unit[..8]), None);
    }
}
