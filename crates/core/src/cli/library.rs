//! placeholder
#[derive(clap::Subcommand)]
pub enum Source {
    List,
}
#[derive(clap::Subcommand)]
pub enum Asset {
    List,
}
pub async fn source(
    verb: Source,
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
pub async fn asset(
    verb: Asset,
    client: Result<super::client::Client, crate::failure::Failure>,
    output: &super::output::Output,
) -> Result<super::output::Answer, crate::failure::Failure> {
    let _ = (verb, client?, output);
    Err(crate::failure::Failure::new(crate::failure::Kind::Failed, "placeholder", ""))
}
