-- title: The trail itself
-- group: Governance
-- question: Who stopped, changed or deleted a trail, or changed the policy or replication of a bucket whose name has this text?
-- param: bucket resource = log - part of the names of the buckets that are listed
-- limit: 200
-- since: 90d
-- example: trail-tampered since=90d
-- expect: actor=priya | trail_or_bucket=sagewatch-trail-logs-111111111111 | call=PutBucketPolicy | result=done
-- expect: actor=priya | trail_or_bucket=aws-controltower-BaselineCloudTrail | call=StopLogging | result=denied
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource AS trail_or_bucket, result
FROM events
WHERE (
        service = 'cloudtrail' AND eventname IN (
            'StopLogging', 'StartLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors'
        )
    )
    OR (
        service = 's3' AND eventname IN (
            'PutBucketReplication', 'DeleteBucketReplication', 'PutBucketPolicy', 'DeleteBucketPolicy',
            'PutBucketLifecycle', 'PutBucketLifecycleConfiguration', 'DeleteBucket'
        )
        AND strpos(lower(json_extract_scalar(requestparameters, '$.bucketName')), lower(:bucket)) > 0
    )
ORDER BY eventtime DESC
