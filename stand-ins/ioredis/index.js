export class Redis {}
