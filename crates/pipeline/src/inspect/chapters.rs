//! A file's chapters: from the demuxer's table of contents, or read from MP4, whose demuxer makes none.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use gstreamer as gst;

use super::Chapter;

/// Chapters that are kept, and characters of each title: room for every real one.
const MAX_CHAPTERS: usize = 1000;
const MAX_TITLE_CHARS: usize = 256;

/// Boxes that are looked at on one level, before a file is taken to be broken.
const MAX_BOXES: usize = 10_000;

/// Where a chapter starts on the file's own line, and how it is called.
type Mark = (i64, String);

/// The chapters of `path`, whose first picture lies at `first_picture_ns` of the file's line.
pub(super) fn of(path: &Path, toc: Option<&gst::Toc>, first_picture_ns: i64, duration_ns: i64) -> Vec<Chapter> {
    let marks = match toc {
        Some(toc) => from_toc(toc),
        None => File::open(path).and_then(|mut file| from_mp4(&mut file)).unwrap_or_default(),
    };
    on_asset_time(marks, first_picture_ns, duration_ns)
}

/// In order, each up to the next one. What begins behind the last picture is left out.
fn on_asset_time(mut marks: Vec<Mark>, first_picture_ns: i64, duration_ns: i64) -> Vec<Chapter> {
    marks.sort_by_key(|(start_ns, _)| *start_ns);
    let mut chapters: Vec<Chapter> = Vec::new();
    for (start_ns, title) in marks.into_iter().take(MAX_CHAPTERS) {
        let start_ns = start_ns.saturating_sub(first_picture_ns).max(0);
        if start_ns >= duration_ns {
            break;
        }
        if let Some(before) = chapters.last_mut() {
            before.end_ns = start_ns;
        }
        let title = title.trim().chars().take(MAX_TITLE_CHARS).collect();
        chapters.push(Chapter { start_ns, end_ns: duration_ns, title });
    }
    chapters.retain(|chapter| chapter.start_ns < chapter.end_ns);
    chapters
}

/// The chapters of the first edition, which is the one that players take.
fn from_toc(toc: &gst::Toc) -> Vec<Mark> {
    let entries = toc.entries();
    let edition = entries.iter().find(|entry| entry.entry_type() == gst::TocEntryType::Edition);
    let chapters = edition.map_or(entries.clone(), |edition| edition.sub_entries());
    let chapters = chapters.iter().filter(|entry| entry.entry_type() == gst::TocEntryType::Chapter);
    chapters
        .filter_map(|chapter| {
            let (start_ns, _) = chapter.start_stop_times()?;
            let title = chapter.tags().and_then(|tags| Some(tags.get::<gst::tags::Title>()?.get().to_owned()));
            Some((start_ns, title.unwrap_or_default()))
        })
        .collect()
}

/// `moov/udta/chpl`, Nero's list of chapters, which every program writes that puts chapters into MP4. Empty where there
/// is none, and where it is no MP4.
fn from_mp4(file: &mut (impl Read + Seek)) -> io::Result<Vec<Mark>> {
    let mut span = (0, file.seek(SeekFrom::End(0))?);
    for name in [b"moov", b"udta", b"chpl"] {
        match child(file, span, name)? {
            Some(found) => span = found,
            None => return Ok(Vec::new()),
        }
    }
    file.seek(SeekFrom::Start(span.0))?;
    let mut list = Vec::new();
    file.take((span.1 - span.0).min(1 << 20)).read_to_end(&mut list)?;
    Ok(marks(&list).unwrap_or_default())
}

/// Where the box `name` lies among those of `span`, without its header (ISO/IEC 14496-12, 4.2).
fn child(file: &mut (impl Read + Seek), span: (u64, u64), name: &[u8; 4]) -> io::Result<Option<(u64, u64)>> {
    let mut at = span.0;
    for _ in 0..MAX_BOXES {
        if at + 8 > span.1 {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let [a, b, c, d, kind @ ..] = header;
        let (size, header_size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (span.1 - at, 8),
            1 => {
                let mut large = [0; 8];
                file.read_exact(&mut large)?;
                (u64::from_be_bytes(large), 16)
            }
            size => (u64::from(size), 8),
        };
        let Some(end) = at.checked_add(size).filter(|end| size >= header_size && *end <= span.1) else { break };
        if kind == *name {
            return Ok(Some((at + header_size, end)));
        }
        at = end;
    }
    Ok(None)
}

/// Version and flags, four more bytes from version 1 on, a count, then starts in units of 100 ns with their titles.
fn marks(list: &[u8]) -> Option<Vec<Mark>> {
    let (head, rest) = list.split_at_checked(4)?;
    let (_, rest) = rest.split_at_checked(if head[0] > 0 { 4 } else { 0 })?;
    let (count, mut rest) = rest.split_first()?;
    let mut marks = Vec::new();
    for _ in 0..*count {
        let (start, titled) = rest.split_first_chunk::<8>()?;
        let (length, titled) = titled.split_first()?;
        let (title, after) = titled.split_at_checked(usize::from(*length))?;
        let start_ns = i64::from_be_bytes(*start).checked_mul(100)?;
        marks.push((start_ns, String::from_utf8_lossy(title).into_owned()));
        rest = after;
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(8 + content.len()).unwrap().to_be_bytes();
        [&size[..], name, content].concat()
    }

    fn list(marks: &[(i64, &str)]) -> Vec<u8> {
        let mut list = vec![1, 0, 0, 0, 0, 0, 0, 0, u8::try_from(marks.len()).unwrap()];
        for (start, title) in marks {
            list.extend(start.to_be_bytes());
            list.push(u8::try_from(title.len()).unwrap());
            list.extend(title.bytes());
        }
        list
    }

    #[test]
    fn neros_list_is_found_among_other_boxes() {
        let chpl = boxed(b"chpl", &list(&[(0, "One"), (20_000_000, "Zwei – 二")]));
        let udta = boxed(b"udta", &[boxed(b"meta", &[0; 20]), chpl].concat());
        let file = [boxed(b"ftyp", b"isom"), boxed(b"moov", &udta)].concat();
        let marks = from_mp4(&mut io::Cursor::new(file)).unwrap();
        assert_eq!(marks, [(0, "One".to_owned()), (2_000_000_000, "Zwei – 二".to_owned())]);
    }

    #[test]
    fn what_is_broken_or_something_else_has_no_chapters() {
        let whole = boxed(b"moov", &boxed(b"udta", &boxed(b"chpl", &list(&[(0, "One"), (1, "Two")]))));
        for length in 0..whole.len() {
            let cut = from_mp4(&mut io::Cursor::new(&whole[..length]));
            assert!(cut.is_err() || cut.is_ok_and(|marks| marks.is_empty()), "{length}");
        }
        assert_eq!(from_mp4(&mut io::Cursor::new(boxed(b"free", &[0; 100]))).unwrap(), []);
        assert_eq!(marks(&list(&[(0, "One")])[..12]), None);
    }

    #[test]
    fn chapters_lie_on_the_assets_own_time() {
        let mark = |start_ns: i64, title: &str| (start_ns, title.to_owned());
        let chapters = on_asset_time(vec![mark(50, "B"), mark(0, "A"), mark(900, "behind")], 20, 100);
        let told: Vec<_> = chapters.iter().map(|one| (one.start_ns, one.end_ns, &*one.title)).collect();
        assert_eq!(told, [(0, 30, "A"), (30, 100, "B")]);
    }
}
