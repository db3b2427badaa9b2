//! Access units: their stamps, and whether they are what they say.

use retrovue_timeline::{AudioFrame, FrameIndex, Pts};

use super::Expect;
use super::clock::Ms;
use super::report::{AudioUnit, Report, Rule, VideoUnit};
use crate::mux::LEAD_TICKS;
use crate::packet::{Packet, Pcr};
use crate::pes::PesHeader;
use crate::{nal, pid};

/// Interleaving may take this much on top of the lead.
const LEAD_ROOM_TICKS: i64 = 9_000;

const AUDIO_STEP: i64 = 1920;

/// Fewer pictures than this may be alone: a short capture need not reach the first sound.
const PICTURES_WITHOUT_SOUND: usize = 4;

/// Pictures and sound begin and end this near to each other: a slot owns the audio frames nearest to it, and a capture
/// may end before they come.
const APART_TICKS: i64 = 200 * 90;

/// The units of both streams, put together from packets.
pub(super) struct Units {
    /// The PID of the PMT, from the PAT.
    pub(super) pmt: Option<u16>,
    expect: Expect,
    video: Pending,
    audio: Pending,
    last_frame: Option<FrameIndex>,
    last_audio: Option<Pts>,
    /// A seam came since the last unit: it may be further on than the next one.
    video_seam: bool,
    audio_seam: bool,
}

/// A unit that is being put together.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    packet: usize,
    random_access: bool,
    started: bool,
}

impl Units {
    pub(super) fn new(expect: Expect) -> Self {
        Self {
            pmt: None,
            expect,
            video: Pending::default(),
            audio: Pending::default(),
            last_frame: None,
            last_audio: None,
            video_seam: false,
            audio_seam: false,
        }
    }

    pub(super) fn seam(&mut self, pid: u16) {
        self.video_seam |= pid == pid::VIDEO;
        self.audio_seam |= pid == pid::AUDIO;
    }

    pub(super) fn video(&mut self, packet: Packet<'_>, now: Option<Pcr>, report: &mut Report) {
        if packet.unit_start() {
            self.end_video(true, report);
            self.video.start(packet, report);
            if let Some(pts) = stamp(packet, now, report) {
                self.picture(packet, pts, report);
            }
        }
        self.video.bytes.extend_from_slice(packet.payload());
    }

    pub(super) fn audio(&mut self, packet: Packet<'_>, now: Option<Pcr>, report: &mut Report) {
        if packet.unit_start() {
            self.end_audio(true, report);
            self.audio.start(packet, report);
            if let Some(pts) = stamp(packet, now, report) {
                self.sound(packet, pts, report);
            }
        }
        self.audio.bytes.extend_from_slice(packet.payload());
    }

    pub(super) fn finish(&mut self, report: &mut Report) {
        self.end_video(false, report);
        self.end_audio(false, report);
        if report.video.is_empty() {
            report.fault(pid::VIDEO, Rule::Missing, "no picture".to_owned());
        }
        if report.audio.is_empty() && report.video.len() > PICTURES_WITHOUT_SOUND {
            report.fault(pid::AUDIO, Rule::Missing, format!("no sound with {} pictures", report.video.len()));
        }
        let ends = |(video, audio): (&VideoUnit, &AudioUnit)| audio.pts.ticks_since(video.pts);
        let start = report.video.first().zip(report.audio.first()).map(ends);
        let end = report.video.last().zip(report.audio.last()).map(ends);
        for (edge, apart) in [("starts", start), ("ends", end)] {
            if let Some(apart) = apart.filter(|apart| apart.abs() > APART_TICKS) {
                report.fault(pid::AUDIO, Rule::Missing, format!("sound {edge} {} ms after the pictures", apart / 90));
            }
        }
    }

    fn picture(&mut self, packet: Packet<'_>, pts: Pts, report: &mut Report) {
        let frame = self.expect.frame_rate.frame_with_pts(pts, self.expect.near);
        let forward = match (frame, self.last_frame) {
            (Some(frame), Some(last)) if self.video_seam => frame > last,
            (Some(frame), Some(last)) => frame == last + 1,
            (frame, _) => frame.is_some(),
        };
        if !forward {
            let found = format!("stamp {}, {frame:?} after {:?}", pts.ticks(), self.last_frame);
            report.fault(packet.pid(), Rule::FrameGrid, found);
        }
        self.last_frame = frame.or(self.last_frame.map(|last| last + 1));
        self.video_seam = false;
        let keyframe = packet.random_access();
        report.video.push(VideoUnit { packet: report.packets, pts, frame, keyframe });
    }

    fn sound(&mut self, packet: Packet<'_>, pts: Pts, report: &mut Report) {
        let step = self.last_audio.map(|last| pts.ticks_since(last));
        let Expect { frame_rate, near } = self.expect;
        let ticks = frame_rate.ticks(near) + pts.ticks_since(frame_rate.pts(near));
        let on_grid = AudioFrame(ticks.div_euclid(AUDIO_STEP)).pts() == pts;
        let forward = step.is_none_or(|step| if self.audio_seam { step > 0 } else { step == AUDIO_STEP });
        if !on_grid || !forward {
            report.fault(packet.pid(), Rule::AudioGrid, format!("stamp {}, step {step:?}", pts.ticks()));
        }
        self.last_audio = Some(pts);
        self.audio_seam = false;
        report.audio.push(AudioUnit { packet: report.packets, pts });
    }

    fn end_video(&mut self, whole: bool, report: &mut Report) {
        let Some((unit, packet, random_access)) = self.video.take(pid::VIDEO, whole, report) else { return };
        let kinds: Vec<u8> = nal::types(&unit).collect();
        if kinds.first() != Some(&nal::AUD) {
            report.fault_at(packet, pid::VIDEO, Rule::Delimiter, "it starts with something else".to_owned());
        }
        let idr = kinds.contains(&nal::IDR);
        if idr != random_access || idr != nal::starts_decoding(kinds.iter().copied()) {
            let found =
                format!("random_access_indicator {random_access}, NAL unit types {:?}", &kinds[..kinds.len().min(8)]);
            report.fault_at(packet, pid::VIDEO, Rule::Keyframe, found);
        }
    }

    fn end_audio(&mut self, whole: bool, report: &mut Report) {
        let Some((unit, packet, _)) = self.audio.take(pid::AUDIO, whole, report) else { return };
        if !is_adts_frame(&unit) {
            let found = format!("{} bytes that start with {:02x?}", unit.len(), &unit[..unit.len().min(7)]);
            report.fault_at(packet, pid::AUDIO, Rule::Adts, found);
        }
    }
}

impl Pending {
    fn start(&mut self, packet: Packet<'_>, report: &Report) {
        self.packet = report.packets;
        self.random_access = packet.random_access();
        self.started = true;
    }

    /// The unit that was put together, its first packet and its flag. A unit at the capture's end is taken only where
    /// its length says that it is whole.
    fn take(&mut self, pid: u16, whole: bool, report: &mut Report) -> Option<(Vec<u8>, usize, bool)> {
        let bytes = std::mem::take(&mut self.bytes);
        let header = PesHeader::read(&bytes).filter(|_| self.started)?;
        let said = usize::from(header.length) + 6;
        let has_length = header.length != 0;
        if !whole && (!has_length || said > bytes.len()) {
            return None;
        }
        if has_length && said != bytes.len() {
            report.fault_at(self.packet, pid, Rule::Pes, format!("{said} bytes said, {} sent", bytes.len()));
        }
        Some((bytes[header.size..].to_vec(), self.packet, self.random_access))
    }
}

/// The stamp of the unit that starts in `packet`, checked against the clock.
fn stamp(packet: Packet<'_>, now: Option<Pcr>, report: &mut Report) -> Option<Pts> {
    let Some((pts, dts)) = PesHeader::read(packet.payload()).and_then(|header| header.pts.zip(header.dts)) else {
        report.fault(packet.pid(), Rule::Pes, "no header with a stamp".to_owned());
        return None;
    };
    let lead = now.map(|now| Pcr::at(dts).since(now));
    let most = (LEAD_TICKS + LEAD_ROOM_TICKS) * Pcr::TICKS_PER_PTS_TICK;
    if lead.is_none_or(|lead| lead <= 0 || lead > most) {
        let found = lead.map_or("a stamp before any reference".to_owned(), |lead| format!("DTS - PCR is {}", Ms(lead)));
        report.fault(packet.pid(), Rule::Lead, found);
    }
    Some(pts)
}

/// Whether the bytes are exactly one ADTS frame with one raw data block.
fn is_adts_frame(unit: &[u8]) -> bool {
    let Some(&[0xFF, second, _, d, e, f, g]) = unit.first_chunk::<7>() else { return false };
    let length = usize::from(d & 0x03) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
    second & 0xF6 == 0xF0 && g & 0x03 == 0 && length == unit.len()
}
