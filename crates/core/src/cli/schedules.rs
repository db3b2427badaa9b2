//! placeholder
#[derive(clap::Subcommand)]
pub enum Channel {
    List,
}
#[derive(clap::Subcommand)]
pub enum Schedule {
    List,
}
#[derive(clap::Subcommand)]
pub enum Playlog {
    List,
}
pub async fn channel(
    verb: Channel,
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
pub async fn schedule(
    verb: Schedule,
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
pub async fn playlog(
    verb: Playlog,
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
