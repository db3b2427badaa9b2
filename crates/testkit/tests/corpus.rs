//! The corpus is what it says, as far as ffmpeg can tell.

use anyhow::Result;
use retrovue_testkit::capture::Capture;
use retrovue_testkit::clips::{Plays, Scan, Treatment, corpus};
use retrovue_testkit::marks::Shows;

#[test]
fn whole_files_hold_their_pictures() -> Result<()> {
    let mut wrong = Vec::new();
    for specimen in corpus() {
        let clip = specimen.clip;
        let file = match clip.file() {
            Ok(file) => file,
            Err(error) => {
                wrong.push(format!("{}: {error:#}", specimen.what));
                continue;
            }
        };
        // ffmpeg neither deinterlaces by itself nor passes over a cover
        if specimen.plays != Plays::Whole || clip.scan != Scan::Progressive || clip.treatment == Treatment::Covered {
            continue;
        }
        let pictures = match Capture::file(&file).pictures() {
            Ok(pictures) => pictures,
            Err(error) => {
                wrong.push(format!("{}: {error:#}", specimen.what));
                continue;
            }
        };
        let numbers: Vec<i64> = pictures
            .iter()
            .filter_map(|picture| match picture.shows {
                Shows::Frame { clip: id, number, .. } if id == clip.id => Some(i64::from(number)),
                _ => None,
            })
            .collect();
        let first = clip.timing().picture_at((i128::from(clip.first_ns()), 1_000_000_000));
        let expected: Vec<i64> = (first..clip.frames()).collect();
        if numbers != expected {
            wrong.push(format!(
                "{} ({}): {} of {} pictures",
                specimen.what,
                file.display(),
                numbers.len(),
                expected.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
