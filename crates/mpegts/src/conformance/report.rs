//! What a check found.

use std::fmt;

use retrovue_timeline::{FrameIndex, Pts};

/// More faults than this are counted and not kept: a capture that is not our stream has one in each packet.
const KEPT_FAULTS: usize = 1000;

/// Everything that a capture holds, and everything that is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The first thousand faults, in order.
    pub faults: Vec<Fault>,
    /// All faults.
    pub fault_count: usize,
    /// Whole packets.
    pub packets: usize,
    /// Bytes after the last whole packet.
    pub trailing_bytes: usize,
    /// Pictures, in order.
    pub video: Vec<VideoUnit>,
    /// Audio frames, in order.
    pub audio: Vec<AudioUnit>,
    /// Places where the discontinuity indicator is set.
    pub seams: Vec<Seam>,
    /// The channel's name in the SDT.
    pub service_name: Option<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.fault_count == 0
    }

    /// The faults as lines, for the message of an assertion.
    pub fn summary(&self) -> String {
        let lines = self.faults.iter().take(20).map(|fault| format!("\n  {fault}"));
        format!("{} faults in {} packets{}", self.fault_count, self.packets, lines.collect::<String>())
    }

    pub(super) fn fault(&mut self, pid: u16, rule: Rule, found: String) {
        self.fault_at(self.packets, pid, rule, found);
    }

    pub(super) fn fault_at(&mut self, packet: usize, pid: u16, rule: Rule, found: String) {
        self.fault_count += 1;
        if self.faults.len() < KEPT_FAULTS {
            self.faults.push(Fault { packet, pid, rule, found });
        }
    }
}

/// Something that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which packet, counted from 0.
    pub packet: usize,
    /// Its PID.
    pub pid: u16,
    /// What it breaks.
    pub rule: Rule,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { packet, pid, rule, found } = self;
        write!(f, "packet {packet}, PID {pid:#06x}: {found}; {} ({})", rule.limit(), rule.clause())
    }
}

/// A picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VideoUnit {
    /// The packet in which it starts.
    pub packet: usize,
    /// When it is shown.
    pub pts: Pts,
    /// The channel's frame with this stamp.
    pub frame: Option<FrameIndex>,
    /// Decoding can start here.
    pub keyframe: bool,
}

/// An audio frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioUnit {
    /// The packet in which it starts.
    pub packet: usize,
    /// When its first sample is heard.
    pub pts: Pts,
}

/// Packets in a row whose discontinuity indicator is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seam {
    /// The first of them.
    pub packet: usize,
    /// The PID of each.
    pub pids: Vec<u16>,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident: $limit:literal, $clause:literal;)+) => {
        /// What a stream must keep.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Rule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl Rule {
            /// What is allowed.
            pub fn limit(self) -> &'static str {
                match self { $(Self::$rule => $limit,)+ }
            }

            /// Where that is written.
            pub fn clause(self) -> &'static str {
                match self { $(Self::$rule => $clause,)+ }
            }
        }
    };
}

rules! {
    /// Bytes between packets.
    Sync: "every 188 bytes start with 0x47", "TR 101 290, 1.1 and 1.2";
    /// A packet marked as damaged.
    TransportError: "transport_error_indicator is 0", "TR 101 290, 2.1";
    /// A packet that nobody can read, for there is no conditional access.
    Scrambled: "transport_scrambling_control is 0 where there is no CAT", "TR 101 290, 2.6";
    /// A packet that belongs to nothing.
    Unreferenced: "every PID is in the PAT or in the PMT, or is reserved", "TR 101 290, 3.4";
    /// A counter that does not follow, without a flag.
    Continuity: "counters go up by one per payload, a packet may stand twice", "ISO/IEC 13818-1, 2.4.3.3; TR 101 290, 1.4";
    /// A stream that does not start as viewers need it.
    Start: "a viewer's first packets are PAT, PMT, keyframe", "RetroVue, law 5";
    /// A damaged section.
    SectionCrc: "sections end with their CRC", "TR 101 290, 2.2";
    /// A table that is not of a house stream, or changes.
    Tables: "one programme of H.264 and AAC whose PIDs stay", "ISO/IEC 13818-1, 2.4.4";
    /// PAT too rare.
    PatGap: "PAT at least every 100 ms", "TR 101 290, 1.3 (500 ms)";
    /// PMT too rare.
    PmtGap: "PMT at least every 100 ms", "TR 101 290, 1.5 (500 ms)";
    /// SDT too rare.
    SdtGap: "SDT at least every 2 s", "TR 101 290, 3.5";
    /// A keyframe without tables before it.
    KeyframeTables: "PAT and PMT before each keyframe", "RetroVue, law 5";
    /// Clock references too rare, or going back.
    PcrGap: "clock references move forward by at most 40 ms", "TR 101 290, 2.3b";
    /// A PES header that cannot be read, or has no stamp, or lies about its length.
    Pes: "each unit has a PES header with a stamp, and the length that it says", "ISO/IEC 13818-1, 2.4.3.6";
    /// A unit that comes too late or too early.
    Lead: "0 < DTS - PCR <= 600 ms", "ISO/IEC 13818-1, 2.4.2";
    /// A picture off the grid or out of order.
    FrameGrid: "each picture has the stamp of the frame after the last one's", "RetroVue, law 2";
    /// An audio frame off the grid or out of order.
    AudioGrid: "each audio frame lies 1920 ticks after the last one", "RetroVue, law 2";
    /// A picture without its delimiter.
    Delimiter: "an access unit starts with its delimiter", "ISO/IEC 13818-1, 2.14.1";
    /// A keyframe that nothing can be decoded from, or one that is not flagged.
    Keyframe: "random_access_indicator exactly on IDR pictures after their SPS and PPS", "ISO/IEC 13818-1, 2.4.3.5";
    /// An audio unit that is not one ADTS frame.
    Adts: "one ADTS frame of 1024 samples per unit", "ISO/IEC 13818-7, 6.2";
    /// A stream that the PMT names and that is not there, or not from the start to the end.
    Missing: "every stream of the PMT is there throughout", "TR 101 290, 1.6";
}
