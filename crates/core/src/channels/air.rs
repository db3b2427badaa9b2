//! placeholder

/// placeholder
#[derive(Clone)]
pub struct AirClient;

impl AirClient {
    /// placeholder
    pub async fn channel(&self) -> Result<tonic::transport::Channel, crate::failure::Failure> {
        Err(crate::failure::Failure::new(crate::failure::Kind::Unreachable, "air_unreachable", "placeholder"))
    }
}
