//! placeholder
#[derive(clap::Subcommand)]
pub enum Config {
    Show,
    Check,
}
pub async fn status(
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
pub fn config(
    verb: &Config,
    config: Option<&std::path::Path>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, config, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
