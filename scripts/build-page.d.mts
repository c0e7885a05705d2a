export declare function clientModule(): Promise<string>
