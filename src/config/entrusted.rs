//! What patients entrust to the clinic: how it is encrypted, and where files are kept.

use serde::{Deserialize, Serialize};

use super::SecretText;

/// What patients entrust to the clinic, and how it is encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DataSettings {
    /// The machine's key that encrypts those in the database: 32 bytes in base64. Empty: see [`Self::key_file`].
    pub key: SecretText,
    /// The file of that key. Both empty: the keys stand in the database as they are.
    pub key_file: String,
    /// Days after which new keys take the place of those in the database. 0: never.
    pub key_days: u32,
    /// Years after a patient's last appointment and sign-in when the record is closed and erased. 0: never.
    pub retention_years: u32,
    /// Whether patients read the names of doctors and staff who looked at or changed their appointments. Without it they
    /// read the roles.
    pub show_names: bool,
}

impl Default for DataSettings {
    fn default() -> Self {
        DataSettings {
            key: SecretText::default(),
            key_file: String::new(),
            key_days: 90,
            retention_years: 0,
            show_names: false,
        }
    }
}

/// Files that patients send along with an appointment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaperSettings {
    /// Where they are kept, relative to the working directory. Not read when there is a bucket.
    pub folder: String,
    /// The bucket of a store that speaks S3. Empty: the folder.
    pub s3_bucket: String,
    /// Scheme and host of that store. Empty: that of AWS for the region.
    pub s3_endpoint: String,
    pub s3_region: String,
    pub s3_access_key: String,
    pub s3_secret_key: SecretText,
    /// The virus scanner: `HOST:PORT` of clamd, or the path of its socket. Empty: nothing is scanned.
    pub clamd: String,
    /// Megabytes that the files of one patient may have together.
    pub quota_megabytes: u32,
    /// Days after the appointment when its files are deleted. 0: never.
    pub retention_days: u32,
}

impl Default for PaperSettings {
    fn default() -> Self {
        PaperSettings {
            folder: "data/papers".into(),
            s3_bucket: String::new(),
            s3_endpoint: String::new(),
            s3_region: "us-east-1".into(),
            s3_access_key: String::new(),
            s3_secret_key: SecretText::default(),
            clamd: String::new(),
            quota_megabytes: 200,
            retention_days: 0,
        }
    }
}
