//! The PIDs of a house stream: the same in every session, so that a player never has to look again.

/// Program association table (2.4.4.3).
pub const PAT: u16 = 0x0000;

/// Service description table (EN 300 468, 5.1.3).
pub const SDT: u16 = 0x0011;

/// Program map table.
pub const PMT: u16 = 0x1000;

/// H.264 video, which carries the PCR too.
pub const VIDEO: u16 = 0x0100;

/// AAC audio.
pub const AUDIO: u16 = 0x0101;

/// The first PID that is not kept for tables (EN 300 468, 5.1.3).
pub const FIRST_FREE: u16 = 0x0020;

/// Null packets (2.4.3.3).
pub const NULL: u16 = 0x1FFF;

/// Every PID of a house stream.
pub const HOUSE: [u16; 5] = [PAT, PMT, SDT, VIDEO, AUDIO];

/// Continuity counters of the house PIDs: four bits each, the last value that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters([u8; HOUSE.len()]);

impl Counters {
    /// Before the first packet of a session: the next packet of each PID has counter 0.
    pub const START: Counters = Counters([15; HOUSE.len()]);

    /// The last counter of `pid`; `None` for what is no house PID.
    pub fn get(&self, pid: u16) -> Option<u8> {
        HOUSE.iter().position(|house| *house == pid).map(|at| self.0[at])
    }

    /// Notes that `pid` has sent `counter`. What is no house PID is not noted.
    pub fn set(&mut self, pid: u16, counter: u8) {
        if let Some(at) = HOUSE.iter().position(|house| *house == pid) {
            self.0[at] = counter & 0x0F;
        }
    }

    /// Moves on by one and returns the counter for the next packet of `pid` that has a payload.
    pub(crate) fn advance(&mut self, pid: u16) -> u8 {
        let next = self.get(pid).map_or(0, |last| (last + 1) & 0x0F);
        self.set(pid, next);
        next
    }

    /// Every house PID with its last counter.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u8)> + '_ {
        HOUSE.into_iter().zip(self.0)
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::START
    }
}
