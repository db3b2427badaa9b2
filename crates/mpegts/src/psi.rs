//! The tables of a house stream: PAT and PMT (2.4.4), and the SDT that names the channel (EN 300 468, 5.2.3).

mod section;

pub use section::{Assembler, PsiError, packetize};

use section::{checked, finish};

/// H.264 video (Table 2-34).
pub const STREAM_TYPE_H264: u8 = 0x1B;

/// AAC audio in ADTS frames.
pub const STREAM_TYPE_AAC: u8 = 0x0F;

const TABLE_PAT: u8 = 0x00;
const TABLE_PMT: u8 = 0x02;
const TABLE_SDT: u8 = 0x42;
const DESCRIPTOR_LANGUAGE: u8 = 0x0A;
const DESCRIPTOR_SERVICE: u8 = 0x48;

/// `service_type` "digital television", which every receiver lists (EN 300 468, Table 87).
const SERVICE_TYPE: u8 = 0x01;

/// DVB text in UTF-8 starts with this byte (EN 300 468, Annex A.2).
const CHARSET_UTF8: u8 = 0x15;

/// An `original_network_id` of the private range: the stream belongs to no broadcaster.
const PRIVATE_NETWORK: u16 = 0xFF01;

/// Program association: which PID holds the map of which programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pat {
    /// `transport_stream_id`.
    pub transport_stream: u16,
    /// Programme number and the PID of its PMT.
    pub programs: Vec<(u16, u16)>,
}

impl Pat {
    /// The whole section with its CRC.
    pub fn section(&self) -> Vec<u8> {
        let body = self.programs.iter().flat_map(|(number, pid)| [*number, 0xE000 | pid]).flat_map(u16::to_be_bytes);
        finish(TABLE_PAT, self.transport_stream, body.collect())
    }

    /// Reads a section.
    ///
    /// # Errors
    /// Where it is cut off, damaged, or another table.
    pub fn read(section: &[u8]) -> Result<Self, PsiError> {
        let (transport_stream, body) = checked(section, TABLE_PAT)?;
        let programs =
            body.as_chunks::<4>().0.iter().map(|[a, b, c, d]| (be16(*a, *b), be16(*c, *d) & 0x1FFF)).collect();
        Ok(Self { transport_stream, programs })
    }
}

/// Program map: the streams of one programme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pmt {
    /// Programme number, which is DVB's service id.
    pub program: u16,
    /// The PID that carries the PCR.
    pub pcr_pid: u16,
    /// In the order of the table.
    pub streams: Vec<Stream>,
}

/// One elementary stream of a programme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream {
    /// What the stream is (Table 2-34).
    pub stream_type: u8,
    /// Its PID.
    pub pid: u16,
    /// ISO 639-2 code, as in `eng`.
    pub language: Option<[u8; 3]>,
}

impl Pmt {
    /// The whole section with its CRC.
    pub fn section(&self) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend((0xE000 | self.pcr_pid).to_be_bytes());
        body.extend(0xF000u16.to_be_bytes());
        for stream in &self.streams {
            let language = stream.language.map(|[a, b, c]| [DESCRIPTOR_LANGUAGE, 4, a, b, c, 0]);
            let descriptors = language.as_ref().map_or(&[][..], |bytes| bytes);
            body.push(stream.stream_type);
            body.extend((0xE000 | stream.pid).to_be_bytes());
            body.extend((0xF000 | descriptors.len() as u16).to_be_bytes());
            body.extend(descriptors);
        }
        finish(TABLE_PMT, self.program, body)
    }

    /// Reads a section.
    ///
    /// # Errors
    /// Where it is cut off, damaged, or another table.
    pub fn read(section: &[u8]) -> Result<Self, PsiError> {
        let (program, body) = checked(section, TABLE_PMT)?;
        let &[pcr_high, pcr_low, info_high, info_low, ref rest @ ..] = body else { return Err(PsiError::CutOff) };
        let info = usize::from(be16(info_high, info_low) & 0x0FFF);
        let mut rest = rest.get(info..).ok_or(PsiError::CutOff)?;
        let mut streams = Vec::new();
        while let &[stream_type, pid_high, pid_low, length_high, length_low, ref after @ ..] = rest {
            let length = usize::from(be16(length_high, length_low) & 0x0FFF);
            let (descriptors, next) = after.split_at_checked(length).ok_or(PsiError::CutOff)?;
            let language = find_descriptor(descriptors, DESCRIPTOR_LANGUAGE).and_then(|found| found.first_chunk());
            streams.push(Stream { stream_type, pid: be16(pid_high, pid_low) & 0x1FFF, language: language.copied() });
            rest = next;
        }
        Ok(Self { program, pcr_pid: be16(pcr_high, pcr_low) & 0x1FFF, streams })
    }
}

/// Service description of the one service of a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sdt {
    /// `transport_stream_id`.
    pub transport_stream: u16,
    /// The programme number.
    pub service: u16,
    /// Who runs it.
    pub provider: String,
    /// What viewers call it.
    pub name: String,
}

impl Sdt {
    /// The most bytes of `name` that are sent: the section then fits one packet, whatever the provider.
    const NAME_LIMIT: usize = 96;

    /// The most bytes of `provider` that are sent.
    const PROVIDER_LIMIT: usize = 48;

    /// The whole section with its CRC. Names that are too long are cut between characters.
    pub fn section(&self) -> Vec<u8> {
        let mut descriptor = vec![SERVICE_TYPE];
        for (text, limit) in [(&self.provider, Self::PROVIDER_LIMIT), (&self.name, Self::NAME_LIMIT)] {
            let text = &text[..text.floor_char_boundary(limit)];
            descriptor.push(text.len() as u8 + 1);
            descriptor.push(CHARSET_UTF8);
            descriptor.extend(text.as_bytes());
        }
        let mut body = Vec::new();
        body.extend(PRIVATE_NETWORK.to_be_bytes());
        body.push(0xFF);
        body.extend(self.service.to_be_bytes());
        // reserved bits, no EIT
        body.push(0xFC);
        // running, not scrambled
        body.extend((0x8000 | (descriptor.len() as u16 + 2)).to_be_bytes());
        body.extend([DESCRIPTOR_SERVICE, descriptor.len() as u8]);
        body.extend(descriptor);
        finish(TABLE_SDT, self.transport_stream, body)
    }

    /// Reads the first service of a section.
    ///
    /// # Errors
    /// Where it is cut off, damaged, another table, or without a service.
    pub fn read(section: &[u8]) -> Result<Self, PsiError> {
        let (transport_stream, body) = checked(section, TABLE_SDT)?;
        let &[_, _, _, high, low, _, length_high, length_low, ref rest @ ..] = body else {
            return Err(PsiError::CutOff);
        };
        let length = usize::from(be16(length_high, length_low) & 0x0FFF);
        let descriptors = rest.get(..length).ok_or(PsiError::CutOff)?;
        let service = find_descriptor(descriptors, DESCRIPTOR_SERVICE).ok_or(PsiError::CutOff)?;
        let (provider, rest) = service.get(1..).and_then(text).ok_or(PsiError::CutOff)?;
        let (name, _) = text(rest).ok_or(PsiError::CutOff)?;
        Ok(Self { transport_stream, service: be16(high, low), provider, name })
    }
}

fn find_descriptor(mut descriptors: &[u8], wanted: u8) -> Option<&[u8]> {
    while let &[tag, length, ref rest @ ..] = descriptors {
        let (body, next) = rest.split_at_checked(usize::from(length))?;
        if tag == wanted {
            return Some(body);
        }
        descriptors = next;
    }
    None
}

/// A DVB text with its length byte in front, and what follows it. Only UTF-8 and ASCII are told apart from the rest.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    let text = text.strip_prefix(&[CHARSET_UTF8]).unwrap_or(text);
    Some((String::from_utf8_lossy(text).into_owned(), rest))
}

fn be16(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pmt() -> Pmt {
        let video = Stream { stream_type: STREAM_TYPE_H264, pid: 0x100, language: None };
        let audio = Stream { stream_type: STREAM_TYPE_AAC, pid: 0x101, language: Some(*b"eng") };
        Pmt { program: 1, pcr_pid: 0x100, streams: vec![video, audio] }
    }

    #[test]
    fn pat_is_the_known_bytes() {
        let section = Pat { transport_stream: 1, programs: vec![(1, 0x1000)] }.section();
        // as ffmpeg's mpegts muxer writes it, CRC included
        assert_eq!(section, [0, 0xB0, 0x0D, 0, 1, 0xC1, 0, 0, 0, 1, 0xF0, 0, 0x2A, 0xB1, 0x04, 0xB2]);
    }

    #[test]
    fn tables_read_back() {
        let pat = Pat { transport_stream: 7, programs: vec![(1, 0x1000), (2, 0x1001)] };
        assert_eq!(Pat::read(&pat.section()), Ok(pat));
        assert_eq!(Pmt::read(&pmt().section()), Ok(pmt()));
    }

    #[test]
    fn any_damage_is_noticed() {
        let section = pmt().section();
        for at in 3..section.len() {
            let mut damaged = section.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Pmt::read(&damaged), Err(PsiError::Crc), "byte {at}");
        }
        assert_eq!(Pmt::read(&section[..10]), Err(PsiError::CutOff));
        assert_eq!(Pat::read(&section), Err(PsiError::OtherTable { found: 2, wanted: 0 }));
    }

    proptest! {
        #[test]
        fn names_fit_one_packet(provider in ".{0,300}", name in ".{0,300}") {
            let section = Sdt { transport_stream: 1, service: 1, provider, name: name.clone() }.section();
            prop_assert!(section.len() <= 183);
            let read = Sdt::read(&section).unwrap();
            prop_assert!(name.starts_with(&read.name));
            prop_assert!(read.name == name || read.name.len() > 92);
        }

        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut section = finish(TABLE_PMT, 1, bytes);
            let _ = Pmt::read(&section);
            section[0] = TABLE_SDT;
            let end = section.len() - 4;
            let crc = crate::crc::crc32(&section[..end]).to_be_bytes();
            section[end..].copy_from_slice(&crc);
            let _ = Sdt::read(&section);
        }
    }
}
