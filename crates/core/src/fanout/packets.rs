//! Packets on their way to one viewer: pieces of the ring, which all viewers share, for one write.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// A write takes so much at most, whole slots: what a viewer whose line is slow holds on to, though the ring has let it go.
const BYTES: usize = 64 << 10;

/// In so many pieces at most.
const PIECES: usize = 16;

/// Whole slots in order, of which some may have been written.
#[derive(Debug, Default)]
pub struct Packets {
    pieces: VecDeque<Bytes>,
    bytes: usize,
}

impl Packets {
    /// Adds a piece behind the others.
    pub fn push(&mut self, piece: Bytes) {
        self.bytes += piece.len();
        self.pieces.push_back(piece);
    }

    /// Whether it is enough for one write.
    pub fn is_full(&self) -> bool {
        self.bytes >= BYTES || self.pieces.len() >= PIECES
    }
}

impl Buf for Packets {
    fn remaining(&self) -> usize {
        self.bytes
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece)
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        while let Some(piece) = self.pieces.front_mut() {
            if count < piece.len() {
                return piece.advance(count);
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let filled = slices.iter_mut().zip(&self.pieces);
        filled.map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_comes_out_however_it_is_cut() {
        for step in 1..20 {
            let mut packets = Packets::default();
            for piece in [&b"abc"[..], b"", b"defgh", b"i"] {
                packets.push(Bytes::from_static(piece));
            }
            let mut out = Vec::new();
            while packets.has_remaining() {
                let mut slices = [IoSlice::new(&[]); 8];
                let count = packets.chunks_vectored(&mut slices);
                let all: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
                assert_eq!(all.len(), packets.remaining());
                assert!(all.starts_with(packets.chunk()));
                let taken = step.min(all.len());
                out.extend_from_slice(&all[..taken]);
                packets.advance(taken);
            }
            assert_eq!((out.as_slice(), packets.pieces.len()), (&b"abcdefghi"[..], 0));
        }
    }

    #[test]
    fn it_is_full_by_weight_and_by_number() {
        let filled = |piece: usize| {
            let mut packets = Packets::default();
            let count = (0..1000).take_while(|_| {
                let room = !packets.is_full();
                packets.push(vec![0; piece].into());
                room
            });
            count.count()
        };
        assert_eq!([filled(1), filled(10_000), filled(100_000)], [16, 7, 1]);
    }
}
