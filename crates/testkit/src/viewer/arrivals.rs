//! What came when.

use std::time::Duration;

use retrovue_mpegts::packet::{PACKET, Packet};
use retrovue_mpegts::pes::PesHeader;
use retrovue_mpegts::pid;
use retrovue_timeline::Pts;

/// The start of a picture, as it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Its stamp.
    pub pts: Pts,
    /// It can be decoded from nothing.
    pub keyframe: bool,
    /// How long after the request.
    pub after: Duration,
}

/// A stream so far. It is taken to consist of whole packets from its first byte on; where it does not, the conformance
/// checks say so and no more pictures are seen here.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    bytes: Vec<u8>,
    read: usize,
    /// Where the last picture starts.
    last_picture: usize,
    pictures: Vec<Arrival>,
    first_byte_after: Option<Duration>,
}

impl Arrivals {
    pub(super) fn push(&mut self, chunk: &[u8], after: Duration) {
        self.first_byte_after.get_or_insert(after);
        self.bytes.extend_from_slice(chunk);
        while let Some(packet) = self.bytes.get(self.read..).and_then(Packet::read) {
            let start = self.read;
            self.read += PACKET;
            let stamp = PesHeader::read(packet.payload()).and_then(|header| header.pts);
            if packet.pid() == pid::VIDEO && packet.unit_start() {
                let keyframe = packet.random_access();
                self.last_picture = start;
                self.pictures.extend(stamp.map(|pts| Arrival { pts, keyframe, after }));
            }
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Up to the last picture, of which more may come.
    pub(super) fn whole(&self) -> &[u8] {
        &self.bytes[..self.last_picture]
    }

    pub(super) fn pictures(&self) -> &[Arrival] {
        &self.pictures
    }

    pub(super) fn first_byte_after(&self) -> Option<Duration> {
        self.first_byte_after
    }
}
