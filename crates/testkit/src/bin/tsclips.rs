//! `tsclips DIR`: fills a folder with clips of mixed codecs, containers, sizes and rates, whose pictures carry their
//! clip's id and their frame number.

use std::path::PathBuf;

use anyhow::Context;
use retrovue_testkit::clips;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("usage: tsclips DIR")?);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (number, clip) in clips::mixed().iter().enumerate() {
        let file = clip.file()?;
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        clip.copy_to(&folder.join(format!("Clips - S01E{:02}.{extension}", number + 1)))?;
    }
    Ok(())
}
