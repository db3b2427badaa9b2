//! Channel files, read where the operator is.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use retrovue_schedule::plan::MAX_FILE_BYTES;

use crate::failure::{Failure, Kind};
use crate::usecases::schedules::{AppliedFile, SentLogo};

/// Reads the file called `name`; `-` is standard input. One that is longer than a channel file may be is read far
/// enough for that to be told. The logo that it names comes with it.
///
/// # Errors
/// `file_not_found`, `file_unreadable`.
pub(super) fn read(name: &str) -> Result<AppliedFile, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let done = match name {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        name => File::open(name).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    done.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::not_found("file_not_found", format!("there is no file {name}")),
        _ => Failure::new(Kind::Failed, "file_unreadable", format!("{name} cannot be read: {error}")),
    })?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // what was cut off within a character is too long in any case
        Err(error) if error.as_bytes().len() > MAX_FILE_BYTES => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        Err(_) => {
            return Err(Failure::refused("channel_file_invalid", format!("{name} is not written in UTF-8"))
                .hint("save it as UTF-8"));
        }
    };
    // standard input has no folder of its own: what it names is looked for where the command is given
    let folder = Path::new(name).parent().filter(|_| name != "-").unwrap_or(Path::new(""));
    let logo = SentLogo::beside(folder, &text);
    Ok(AppliedFile { name: name.to_owned(), text, logo })
}
