DROP TABLE network_override;
