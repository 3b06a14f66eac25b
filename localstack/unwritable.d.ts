export declare const unwritable: (error: unknown, folder: string) => string | undefined;
export declare const assertWritable: (folder: string) => void;
