export class KmsKeypair {}
export class S3BlobStore {}
